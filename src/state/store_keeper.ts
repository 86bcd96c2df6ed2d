// Keeps a snapshot store up to date with the held state: soon after a change, and no two writes at once, as long as they
// end in time. Trouble with the store is reported and never reaches the client.

import { abortable } from "../../core/abortable.ts";
import type { Clock } from "../../core/clock.ts";
import { describe } from "../../core/describe.ts";
import { FliptError } from "../../core/errors.ts";
import { within } from "../../core/within.ts";
import { reasonOf } from "../sources/response_body.ts";
import type { SnapshotStore } from "../options/store.ts";

/** The milliseconds between the end of one write and the next. */
const REST_MS = 5_000;
/** The longest rest after writes that did not end in time: each may still hold its snapshot. */
const MAX_REST_MS = 600_000;

/** Reads and writes the store of one client. */
export class StoreKeeper {
  readonly #store: SnapshotStore;
  readonly #name: string;
  readonly #snapshot: () => string;
  readonly #report: (error: FliptError) => void;
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** How many changes there were. */
  #changes = 0;
  /** After which change the store has the state, or is being given it; `undefined` when that failed. */
  #kept: number | undefined = 0;
  #restMs = REST_MS;
  /** Whether the last write failed: one that fails after it is not reported. */
  #isFailing = false;
  #isClosed = false;
  #cancelRest: (() => void) | undefined;
  #saving: Promise<void> | undefined;

  /**
   * A keeper of `store`.
   * @param parts.snapshot gives the held state as text.
   * @param parts.report is told of trouble.
   * @param parts.limitMs is how many milliseconds a write may take.
   */
  constructor(parts: {
    readonly store: SnapshotStore;
    readonly snapshot: () => string;
    readonly report: (error: FliptError) => void;
    readonly clock: Clock;
    readonly limitMs: number;
  }) {
    this.#store = parts.store;
    this.#name = parts.store.name ?? "the snapshot store";
    this.#snapshot = parts.snapshot;
    this.#report = parts.report;
    this.#clock = parts.clock;
    this.#limitMs = parts.limitMs;
  }

  /**
   * Makes a state of what the store has, by `use`.
   * @param seconds how long the store may take.
   * @returns whether there is such a state; where not, and something is wrong, that has been reported.
   * @throws the signal's reason (rejects) when that is aborted; nothing else.
   */
  async restore(
    use: (snapshot: string) => Promise<void>,
    seconds: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const snapshot = await this.#load(seconds, signal);
    if (snapshot === undefined) return false;
    try {
      await use(snapshot);
      return true;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#fail(`what ${this.#name} holds is not usable and is ignored`, error);
      return false;
    }
  }

  /** The held state is another one: it is saved now, or as soon as the last write is long enough ago. */
  changed(): void {
    if (this.#isClosed) return;
    this.#changes++;
    if (this.#saving === undefined && this.#cancelRest === undefined) this.#save();
  }

  /** Saves what is not saved yet, while the state can still be read, and nothing afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRest?.();
    if (this.#isDirty) this.#saving = this.#write(this.#saving);
  }

  /** Settles when nothing is being saved; never rejects. One write may be waited for by another one. */
  async idle(): Promise<void> {
    await within(this.#saving, 2 * this.#limitMs, this.#clock, false);
  }

  get #isDirty(): boolean {
    return this.#kept !== this.#changes;
  }

  async #load(seconds: number, signal: AbortSignal): Promise<string | undefined> {
    const timeout = new AbortController();
    const cancelTimeout = this.#clock.after(
      seconds * 1000,
      () => timeout.abort(new Error(`it returned nothing within ${seconds} s (the option requestTimeout)`)),
    );
    try {
      const pending = Promise.resolve(this.#store.load());
      const snapshot: unknown = await abortable(abortable(pending, timeout.signal), signal);
      if (snapshot === undefined || typeof snapshot === "string") return snapshot;
      throw new Error(`load() must return a string or undefined, but returned ${describe(snapshot)}`);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#fail(`${this.#name} could not be read`, error);
      return undefined;
    } finally {
      cancelTimeout();
    }
  }

  #save(): void {
    this.#saving = this.#write().then(() => {
      if (this.#isClosed) return;
      this.#saving = undefined;
      this.#cancelRest = this.#clock.after(this.#restMs, () => this.#endRest(), { background: true });
    });
  }

  #endRest(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    if (this.#isDirty) this.#save();
  }

  /** Saves the state that is held now, after `last`. What fails is tried again after a rest, or when it is closed. */
  async #write(last?: Promise<void>): Promise<void> {
    const change = this.#kept = this.#changes;
    const restMs = this.#restMs;
    this.#restMs = REST_MS;
    try {
      const snapshot = this.#snapshot();
      if (last !== undefined) await last;
      const saving = Promise.resolve(this.#store.save(snapshot));
      if (!await within(saving.then(() => true), this.#limitMs, this.#clock, true)) {
        this.#restMs = Math.min(Math.max(2 * restMs, this.#limitMs), MAX_REST_MS);
        this.#follow(saving, change);
        const limit = `${this.#limitMs / 1000} s (the option requestTimeout)`;
        throw new Error(`it did not confirm that within ${limit}: see whether it can be reached`);
      }
      this.#isFailing = false;
    } catch (error) {
      this.#kept = undefined;
      if (!this.#isFailing) this.#fail(`the flag state could not be saved in ${this.#name}`, error);
      this.#isFailing = true;
    }
  }

  /** Follows a late write: it may end after one that began later, and then the store has the older state. */
  #follow(saving: Promise<void>, change: number): void {
    const end = (): void => {
      if (this.#saving === undefined && !this.#isClosed) this.#endRest();
    };
    saving.then(() => {
      this.#kept = change;
      this.#isFailing = false;
      end();
    }, end);
  }

  #fail(what: string, cause: unknown): void {
    // What the stores of this package say tells what to do, and not only what the system answered.
    const reason = cause instanceof FliptError ? cause.message : reasonOf(cause);
    this.#report(new FliptError(`${what}: ${reason}`, { cause }));
  }
}
