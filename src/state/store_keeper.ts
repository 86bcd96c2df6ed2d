// Keeps a snapshot store up to date with the held state: soon after a change, never two writes at once. Trouble with the
// store is reported and never reaches the client.

import { abortable } from "../../core/abortable.ts";
import type { Clock } from "../../core/clock.ts";
import { describe } from "../../core/describe.ts";
import { FliptError } from "../../core/errors.ts";
import { reasonOf } from "../sources/response_body.ts";
import type { SnapshotStore } from "../options/store.ts";

/** The milliseconds between the end of one write and the next. */
const REST_MS = 5_000;

/** Reads and writes the store of one client. */
export class StoreKeeper {
  readonly #store: SnapshotStore;
  readonly #name: string;
  readonly #snapshot: () => string;
  readonly #report: (error: FliptError) => void;
  readonly #clock: Clock;
  #isDirty = false;
  /** Whether the last write failed: one that fails after it is not reported. */
  #isFailing = false;
  #isClosed = false;
  #cancelRest: (() => void) | undefined;
  #saving: Promise<void> | undefined;

  /**
   * A keeper of `store`.
   * @param parts.snapshot gives the held state as text.
   * @param parts.report is told of trouble.
   */
  constructor(parts: {
    readonly store: SnapshotStore;
    readonly snapshot: () => string;
    readonly report: (error: FliptError) => void;
    readonly clock: Clock;
  }) {
    this.#store = parts.store;
    this.#name = parts.store.name ?? "the snapshot store";
    this.#snapshot = parts.snapshot;
    this.#report = parts.report;
    this.#clock = parts.clock;
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
    this.#isDirty = true;
    if (this.#saving === undefined && this.#cancelRest === undefined) this.#save();
  }

  /** Saves what is not saved yet, while the state can still be read, and nothing afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRest?.();
    if (this.#isDirty) this.#saving = this.#write(this.#saving);
  }

  /** Settles when nothing is being saved; never rejects. */
  async idle(): Promise<void> {
    await this.#saving;
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
      this.#cancelRest = this.#clock.after(REST_MS, () => {
        this.#cancelRest = undefined;
        if (this.#isDirty) this.#save();
      }, { background: true });
    });
  }

  /** Saves the state that is held now, after `last`. What fails is tried again after a rest, or when it is closed. */
  async #write(last?: Promise<void>): Promise<void> {
    this.#isDirty = false;
    try {
      const snapshot = this.#snapshot();
      await last;
      await this.#store.save(snapshot);
      this.#isFailing = false;
    } catch (error) {
      this.#isDirty = true;
      if (!this.#isFailing) this.#fail(`the flag state could not be saved in ${this.#name}`, error);
      this.#isFailing = true;
    }
  }

  #fail(what: string, cause: unknown): void {
    // What the stores of this package say tells what to do, and not only what the system answered.
    const reason = cause instanceof FliptError ? cause.message : reasonOf(cause);
    this.#report(new FliptError(`${what}: ${reason}`, { cause }));
  }
}
