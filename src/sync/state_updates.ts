// What becomes of an outcome, whichever way it came: the state is swapped or stays, and status and listeners hear of it.

import type { CompiledState } from "../../engines/engine.ts";
import type { Listeners } from "../state/events.ts";
import type { ReplicationLag } from "./replication_lag.ts";
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
  /** Tells whether a fetch may be older than a push. */
  readonly replicationLag: ReplicationLag;
  /** Keeps a copy of the state outside the process. */
  readonly store: StoreSlot;
}

/** Takes outcomes in. */
export class StateUpdates {
  readonly #parts: StateUpdateParts;
  #changes = 0;
  #told = 0;

  /** Takes the parts over. */
  constructor(parts: StateUpdateParts) {
    this.#parts = parts;
  }

  /** The version of the held state. */
  get version(): Version | undefined {
    return this.#parts.holder.version;
  }

  /** Whether there is a state, if only a snapshot. */
  get hasState(): boolean {
    return this.#parts.holder.hasState;
  }

  /** The digest of the held state. */
  get digest(): string | undefined {
    return this.#parts.holder.digest;
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

  /** Whether the held state is known to be the one with this digest. */
  holds(digest: string | undefined): boolean {
    return this.#parts.holder.holds(digest);
  }

  /** A fetch succeeded. Gives true when the state changed. */
  fetched({ state, version, askedAt }: Fetched): boolean {
    if (state === undefined) {
      // A version that was fetched for a state that a push has replaced meanwhile is not that of the held one.
      const isOfHeld = version?.digest === undefined || this.#parts.holder.holds(version.digest);
      this.#confirm(isOfHeld ? version : undefined);
      return false;
    }
    const isHeld = this.#parts.holder.holds(state.digest);
    if (isHeld || this.#parts.replicationLag.mayBeOlder(state.digest, askedAt)) {
      state.release();
      this.#confirm(isHeld ? version : undefined);
      return false;
    }
    this.#swap(state, version);
    return true;
  }

  /** A push brought a state, which may be the held one. */
  pushed(state: CompiledState): void {
    const { digest } = state;
    if (this.#parts.holder.holds(digest)) {
      state.release();
      this.#confirm();
      return;
    }
    this.#parts.replicationLag.pushed(digest);
    // The server's ETag is the digest.
    this.#swap(state, { etag: digest, digest });
  }

  /** A push said that the held state is current. */
  confirmed(): void {
    this.#confirm();
  }

  /** The store had a state, which stands in until a fetch succeeds; it comes too late when one has. */
  restored(state: CompiledState): void {
    if (this.version !== undefined) return state.release();
    this.#parts.holder.replace(state, undefined);
    this.#parts.status.restored();
  }

  /** A fetch failed, with its retries. */
  failed(error: unknown): void {
    this.#parts.holder.fail(error);
    this.#parts.status.failed(error);
  }

  /** Something else went wrong. */
  noted(error: unknown): void {
    this.#parts.status.noted(error);
  }

  /** The server has no stream: the state is polled from now on. */
  cannotStream(error: unknown): void {
    this.#parts.status.changeMode("polling");
    this.#parts.status.noted(error);
  }

  #confirm(version?: Version): void {
    this.#parts.holder.confirm(version);
    this.#parts.status.succeeded(false);
  }

  #swap(state: CompiledState, version: Version | undefined): void {
    const { digest } = state;
    // Comparing costs time with every flag: only for those who want to know.
    const changed = this.#parts.listeners.has("update")
      ? state.changedFlags(this.#parts.holder.held)
      : undefined;
    this.#parts.holder.replace(state, version);
    this.#changes++;
    this.#parts.status.succeeded(true);
    this.#parts.store.keeper?.changed();
    if (changed === undefined) return;
    this.tell(this.#told);
    this.#parts.listeners.emit("update", { digest, changedFlags: changed });
  }
}
