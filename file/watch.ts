// Watches files and folders, by file system events and by polling, since events are fast but not reliable.

import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../ffi/system_clock.ts";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { isIncomplete, stampOf } from "./stamp.ts";

/** How long after an event to check the files, restarted by each further event: one save causes several. */
const DEBOUNCE_MS = 40;
/** The longest delay of a check while events go on. */
const MAX_DELAY_MS = 400;
/** How long a file may be missing or empty before that counts as a change: editors replace files. */
const REPLACEMENT_MS = 1_000;
/** The polling interval: some file systems send no events. */
const DEFAULT_INTERVAL_MS = 2_000;

/** What was loaded last. */
export interface ReadState {
  /** The files and folders that affect the result. */
  readonly paths: readonly string[];
  /** Their stamp at that time. */
  readonly stamp: string;
}

/** Calls back when files differ from those that were loaded last. Does not keep the process alive. */
export class Watcher {
  readonly #lastRead: () => ReadState;
  readonly #onChange: () => void;
  readonly #intervalMs: number;
  /** By path; `undefined` while the permission is being requested. */
  readonly #watchers = new Map<string, FSWatcher | undefined>();
  #cancelTimer: (() => void) | undefined;
  /** The time of the first event since the last check. */
  #firstEventAt: number | undefined;
  #incompleteSince: number | undefined;
  #reportedStamp: string | undefined;
  #isStopped = false;

  /**
   * Calls `onChange` when the files differ from `lastRead`.
   * @param intervalMs The polling interval, in milliseconds.
   */
  constructor(lastRead: () => ReadState, onChange: () => void, intervalMs: number = DEFAULT_INTERVAL_MS) {
    this.#lastRead = lastRead;
    this.#onChange = onChange;
    this.#intervalMs = intervalMs;
  }

  /** Starts watching. */
  start(): void {
    this.update();
    // The files may have changed since they were read.
    this.#schedule(0);
  }

  /** Watches the files and folders of the last read in place of those before. */
  update(): void {
    if (this.#isStopped) return;
    const paths = new Set(this.#lastRead().paths.flatMap((path) => [path, dirname(path)]));
    for (const path of this.#watchers.keys()) if (!paths.has(path)) this.#unwatch(path);
    for (const path of paths) {
      if (this.#watchers.has(path)) continue;
      this.#watchers.set(path, undefined);
      // A path that does not exist, or cannot be watched, is still polled.
      this.#watch(path).catch(() => {});
    }
  }

  /** Stops watching. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#unwatchAll();
  }

  #schedule(millis: number): void {
    this.#cancelTimer?.();
    if (this.#isStopped) return;
    const onTime = (): void => {
      this.#check().catch(() => {}).finally(() => {
        if (this.#cancelTimer === undefined) this.#schedule(this.#intervalMs);
      });
      this.#cancelTimer = undefined;
    };
    this.#cancelTimer = systemClock.after(millis, onTime, { background: true });
  }

  #onEvent(): void {
    const now = systemClock.now();
    this.#firstEventAt ??= now;
    this.#schedule(Math.max(0, Math.min(DEBOUNCE_MS, this.#firstEventAt + MAX_DELAY_MS - now)));
  }

  async #check(): Promise<void> {
    this.#firstEventAt = undefined;
    const { paths, stamp: lastStamp } = this.#lastRead();
    const stamp = await stampOf(paths);
    if (this.#isStopped || stamp === lastStamp || stamp === this.#reportedStamp) {
      this.#incompleteSince = undefined;
      return;
    }
    if (isIncomplete(stamp)) {
      this.#incompleteSince ??= systemClock.now();
      if (systemClock.now() - this.#incompleteSince < REPLACEMENT_MS) return this.#schedule(DEBOUNCE_MS);
    }
    this.#incompleteSince = undefined;
    // The watcher of a path that was replaced sends no more events.
    this.#unwatchAll();
    this.update();
    this.#reportedStamp = stamp;
    this.#onChange();
  }

  /** Watches a path. Its folder is watched as well, since the watcher of a replaced file sends no more events. */
  async #watch(path: string): Promise<void> {
    await ensureFilePermission("read", path);
    if (this.#isStopped || !this.#watchers.has(path) || this.#watchers.get(path) !== undefined) return;
    const watcher = watch(path, { persistent: false }, () => this.#onEvent());
    watcher.on("error", () => watcher.close());
    // On Deno, `persistent: false` alone keeps the process alive.
    watcher.unref();
    this.#watchers.set(path, watcher);
    // The path may have changed before it was watched.
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
