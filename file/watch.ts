// Watches files and folders: by the events of the system, which tell soon and not always, and by looking now and then.

import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { clearTimeout, setTimeout } from "node:timers";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { isHollow, stampOf } from "./stamp.ts";

/** Milliseconds without an event after which files are looked at: one save is several events. */
const quiet = 40;
/** The longest wait while events go on. */
const longestQuiet = 400;
/** Milliseconds for a file that is missing or empty to be there again: editors replace files. */
const grace = 1_000;
/** Milliseconds between two looks without any event: some file systems have none. */
const usualInterval = 2_000;

/** What was read last. */
export interface Seen {
  /** The files and folders that decided. */
  readonly paths: readonly string[];
  /** Their stamp when they were read. */
  readonly stamp: string;
}

/** Tells when files are not those any more that were read. Nothing of it keeps the process alive. */
export class Watcher {
  readonly #seen: () => Seen;
  readonly #changed: () => void;
  readonly #interval: number;
  /** By path; `undefined` while it is not clear yet whether it may be watched. */
  readonly #watchers = new Map<string, FSWatcher | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first of the events came that have not been looked at. */
  #eventAt: number | undefined;
  #hollowSince: number | undefined;
  #told: string | undefined;
  #isStopped = false;

  /**
   * Calls `changed` when the files are others than those `seen`.
   * @param interval milliseconds between two looks without any event.
   */
  constructor(seen: () => Seen, changed: () => void, interval: number = usualInterval) {
    this.#seen = seen;
    this.#changed = changed;
    this.#interval = interval;
  }

  /** Begins. */
  start(): void {
    this.update();
    // What changed since the files were read.
    this.#schedule(0);
  }

  /** Other files and folders may have been seen than before. */
  update(): void {
    if (this.#isStopped) return;
    const paths = new Set(this.#seen().paths.flatMap((path) => [path, dirname(path)]));
    for (const path of this.#watchers.keys()) if (!paths.has(path)) this.#unwatch(path);
    for (const path of paths) {
      if (this.#watchers.has(path)) continue;
      this.#watchers.set(path, undefined);
      // One that is not there, or not to be watched, is looked at now and then.
      this.#watch(path).catch(() => {});
    }
  }

  /** Ends it. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#unwatchAll();
  }

  #schedule(millis: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#look().catch(() => {}).finally(() => {
        if (this.#timer === undefined) this.#schedule(this.#interval);
      });
      this.#timer = undefined;
    }, millis);
    this.#timer.unref();
  }

  #onEvent(): void {
    const now = Date.now();
    this.#eventAt ??= now;
    this.#schedule(Math.max(0, Math.min(quiet, this.#eventAt + longestQuiet - now)));
  }

  async #look(): Promise<void> {
    this.#eventAt = undefined;
    const { paths, stamp: read } = this.#seen();
    const stamp = await stampOf(paths);
    if (this.#isStopped || stamp === read || stamp === this.#told) {
      this.#hollowSince = undefined;
      return;
    }
    if (isHollow(stamp)) {
      this.#hollowSince ??= Date.now();
      if (Date.now() - this.#hollowSince < grace) return this.#schedule(quiet);
    }
    this.#hollowSince = undefined;
    // A folder that was replaced has taken its watcher with it.
    this.#unwatchAll();
    this.update();
    this.#told = stamp;
    this.#changed();
  }

  /** A file has its folder watched, too: one that is replaced takes its own watcher with it. */
  async #watch(path: string): Promise<void> {
    await ensureFilePermission("read", path);
    if (this.#isStopped || !this.#watchers.has(path) || this.#watchers.get(path) !== undefined) return;
    const watcher = watch(path, { persistent: false }, () => this.#onEvent());
    watcher.on("error", () => watcher.close());
    // On Deno the option alone keeps the process alive.
    watcher.unref();
    this.#watchers.set(path, watcher);
    // What changed before it was watched.
    this.#onEvent();
  }

  #unwatch(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }

  #unwatchAll(): void {
    for (const path of this.#watchers.keys()) this.#unwatch(path);
  }
}
