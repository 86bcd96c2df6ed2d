// Holds the one reference to the flag state that evaluations read, and decides what they see when fetching fails.

import type { CompiledState } from "../../engines/engine.ts";
import { retire } from "../../engines/leases.ts";
import { released } from "../../engines/messages.ts";
import { ErrorStrategy } from "../options/client_options.ts";
import type { Settings } from "../options/options.ts";
import { errorText, EvaluationError } from "../../core/errors.ts";
import { isSame, type Version } from "../sources/version.ts";
import { EmptyState, UnavailableState } from "./unavailable_states.ts";

/** What puts overrides before states. */
export interface Overriding {
  /** Puts them before a state. */
  before(state: CompiledState): CompiledState;
}

/** The state of one client. */
export class StateHolder {
  #answering: CompiledState;
  #held: CompiledState;
  #version: Version | undefined;
  #closed = false;
  #watcher: ((state: CompiledState) => void) | undefined;
  readonly #isStrict: boolean;
  #overrides: Overriding | undefined;

  /** A holder without a state. */
  constructor(
    { namespace, errorStrategy, source }: Pick<Settings, "namespace" | "errorStrategy" | "source">,
  ) {
    this.#held = new EmptyState(namespace);
    this.#answering = this.#held;
    // The last good documents of a source keep answering.
    this.#isStrict = errorStrategy === ErrorStrategy.Strict && source === undefined;
  }

  /** What answers evaluations now; never absent. */
  get answering(): CompiledState {
    return this.#answering;
  }

  /** The state that was good last, whether it answers or not; an empty one at first. */
  get held(): CompiledState {
    return this.#held;
  }

  /** Whether there is a state, if only a snapshot. */
  get hasState(): boolean {
    return !(this.#held instanceof EmptyState);
  }

  /** Whether evaluations are answered. */
  get isAnswering(): boolean {
    return (this.#answering.base ?? this.#answering) === this.#held;
  }

  /** The digest of the held state. */
  get digest(): string | undefined {
    return this.#held.digest;
  }

  /** Whether the held state is known to be the one with this digest. */
  holds(digest: string | undefined): boolean {
    return isSame({ digest }, this.#held);
  }

  /** The version of the held state; `undefined` when it came from no source. */
  get version(): Version | undefined {
    return this.#version;
  }

  /** Calls `watcher` with each state that is put in the place of another, before the other is released. */
  watch(watcher: (state: CompiledState) => void): void {
    this.#watcher = watcher;
  }

  /** From now on there are overrides before each state that answers. */
  override(overrides: Overriding): void {
    this.#overrides = overrides;
    if (!this.#closed) this.#answer(this.#answering);
  }

  /** Puts `state` in the place of the one that is held, which is released. */
  replace(state: CompiledState, version: Version | undefined): void {
    if (this.#closed) return state.release();
    const old = this.#held;
    this.#held = state;
    this.#version = version;
    this.#answer(state);
    this.#watcher?.(state);
    retire(old);
  }

  /** The held state is the newest, under `version` where that is news: it answers again, if it did not. */
  confirm(version: Version | undefined = this.#version): void {
    if (this.#closed) return;
    this.#version = version;
    this.#answer(this.#held);
  }

  /** Fetching failed: what is held keeps answering, if the holder is not strict. */
  fail(error: unknown): void {
    if (this.#closed || !this.#isStrict) return;
    const reason = errorText(error);
    this.#answer(
      new UnavailableState(() =>
        new EvaluationError(
          `the flag state could not be refreshed: ${reason} ` +
            `(with an errorStrategy other than "strict" the last good state would keep answering)`,
          { code: "STALE", cause: error },
        )
      ),
    );
  }

  /** Releases the state; every question from now on is an error. */
  close(): void {
    this.#closed = true;
    this.#answering = new UnavailableState(released);
    retire(this.#held);
  }

  #answer(state: CompiledState): void {
    this.#answering = this.#overrides?.before(state) ?? state;
  }
}
