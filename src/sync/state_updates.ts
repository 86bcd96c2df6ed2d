// What becomes of an outcome, whichever way it came: the state is swapped or stays, and status and listeners hear of it.

import type { CompiledState } from "../../engines/engine.ts";
import type { Listeners } from "../state/events.ts";
import type { Fetched } from "./fetch_attempt.ts";
import type { Version } from "../sources/version.ts";
import type { StateHolder } from "../state/state_holder.ts";
import type { StatusKeeper } from "../state/status.ts";
import type { StoreSlot } from "../state/store_opening.ts";

/** What updates of a state are made of. */
export interface StateUpdateParts {
  /** The state. */
  readonly holder: StateHolder;
  /** How the client is doing. */
  readonly status: StatusKeeper;
  /** Who is told. */
  readonly listeners: Listeners;
  /** Keeps a copy of the state outside the process. */
  readonly store: StoreSlot;
}

/** Takes outcomes in. */
export class StateUpdates {
  /** Whether a fetched state of this digest, asked for at `askedAt`, may be older than one that was pushed. */
  mayBeOutdated?: (digest: string | undefined, askedAt: number) => boolean;
  readonly #parts: StateUpdateParts;
  #changes = 0;
  #told = 0;

  /** Takes the parts over. */
  constructor(parts: StateUpdateParts) {
    this.#parts = parts;
  }

  /** Which of the changes the owner of the client was told of last, by an event, by `refresh()` or by `init`. */
  get told(): number {
    return this.#told;
  }

  /** Tells the owner of all changes. Gives true when there is one after the one numbered `since`. */
  tell(since: number): boolean {
    this.#told = this.#changes;
    return this.#changes !== since;
  }

  /** A fetch succeeded. Gives true when the state changed. */
  fetched({ state, version, askedAt }: Fetched): boolean {
    const { holder } = this.#parts;
    if (state === undefined) {
      // A version that was fetched for a state that a push has replaced meanwhile is not that of the held one.
      const isOfHeld = version?.digest === undefined || holder.holds(version.digest);
      this.confirm(isOfHeld ? version : undefined);
      return false;
    }
    const isHeld = holder.holds(state.digest);
    if (isHeld || this.mayBeOutdated?.(state.digest, askedAt)) {
      state.release();
      this.confirm(isHeld ? version : undefined);
      return false;
    }
    this.replace(state, version);
    return true;
  }

  /** The store had a state, which stands in until a fetch succeeds; it comes too late when one has. */
  restored(state: CompiledState): void {
    const { holder, status } = this.#parts;
    if (holder.version !== undefined) return state.release();
    holder.replace(state, undefined);
    status.restored();
  }

  /** A fetch failed, with its retries. */
  failed(error: unknown): void {
    this.#parts.holder.fail(error);
    this.#parts.status.failed(error);
  }

  /** The held state is current, under `version` where that is news. */
  confirm(version?: Version): void {
    this.#parts.holder.confirm(version);
    this.#parts.status.succeeded(false);
  }

  /** Another state is current. */
  replace(state: CompiledState, version: Version | undefined): void {
    const { holder, listeners, status, store } = this.#parts;
    const { digest } = state;
    // Comparing costs time with every flag: only for those who want to know.
    const changedFlags = listeners.has("update") ? state.changedFlags(holder.held) : undefined;
    holder.replace(state, version);
    this.#changes++;
    status.succeeded(true);
    store.keeper?.changed();
    if (changedFlags === undefined) return;
    this.tell(this.#told);
    listeners.emit("update", { digest, changedFlags });
  }
}
