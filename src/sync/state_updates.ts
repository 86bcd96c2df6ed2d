// What becomes of an outcome, whichever way it came: the state is swapped or stays, and status and listeners hear of it.

import type { CompiledState } from "../../engines/engine.ts";
import type { Listeners } from "../state/events.ts";
import type { ReplicationLag } from "./replication_lag.ts";
import type { Fetched } from "./fetch_attempt.ts";
import type { Version } from "../sources/source.ts";
import type { StateHolder } from "../state/state_holder.ts";
import type { StatusKeeper } from "../state/status.ts";
import type { StoreKeeper } from "../state/store_keeper.ts";

/** Takes outcomes in. */
export class StateUpdates {
  readonly #holder: StateHolder;
  readonly #status: StatusKeeper;
  readonly #listeners: Listeners;
  readonly #replicationLag: ReplicationLag;
  readonly #store: StoreKeeper | undefined;

  /**
   * An intake for `holder`.
   * @param parts.store keeps a copy of the state outside the process; `undefined` for none.
   */
  constructor(parts: {
    readonly holder: StateHolder;
    readonly status: StatusKeeper;
    readonly listeners: Listeners;
    readonly replicationLag: ReplicationLag;
    readonly store: StoreKeeper | undefined;
  }) {
    this.#holder = parts.holder;
    this.#status = parts.status;
    this.#listeners = parts.listeners;
    this.#replicationLag = parts.replicationLag;
    this.#store = parts.store;
  }

  /** The version of the held state. */
  get version(): Version | undefined {
    return this.#holder.version;
  }

  /** The digest of the held state. */
  get digest(): string | undefined {
    return this.#holder.digest;
  }

  /** A fetch succeeded. Gives true when the state changed. */
  fetched({ state, version, askedAt }: Fetched): boolean {
    if (state === undefined) {
      // A version that was fetched for a state that a push has replaced meanwhile is not that of the held one.
      const isOfHeld = version?.digest === undefined || version.digest === this.#holder.digest;
      this.#confirm(isOfHeld ? version : undefined);
      return false;
    }
    const isHeld = state.digest !== undefined && state.digest === this.#holder.digest;
    if (isHeld || this.#replicationLag.mayBeOlder(state.digest, askedAt)) {
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
    if (digest !== undefined && digest === this.#holder.digest) {
      state.release();
      this.#confirm();
      return;
    }
    this.#replicationLag.pushed(digest);
    // The server's ETag is the digest.
    this.#swap(state, { etag: digest, digest });
  }

  /** A push said that the held state is current. */
  confirmed(): void {
    this.#confirm();
  }

  /** The store had a state, which stands in until a fetch succeeds. */
  restored(state: CompiledState): void {
    this.#holder.replace(state, undefined);
    this.#status.restored();
  }

  /** A fetch failed, with its retries. */
  failed(error: unknown): void {
    this.#holder.fail(error);
    this.#status.failed(error);
  }

  /** Something else went wrong. */
  noted(error: unknown): void {
    this.#status.noted(error);
  }

  /** The server has no stream: the state is polled from now on. */
  cannotStream(error: unknown): void {
    this.#status.changeMode("polling");
    this.#status.noted(error);
  }

  #confirm(version?: Version): void {
    this.#holder.confirm(version);
    this.#status.succeeded(false);
  }

  #swap(state: CompiledState, version: Version | undefined): void {
    const { digest } = state;
    // Comparing costs time with every flag: only for those who want to know.
    const changed = this.#listeners.has("update") ? state.changedFlags(this.#holder.held) : undefined;
    this.#holder.replace(state, version);
    this.#status.succeeded(true);
    this.#store?.changed();
    if (changed !== undefined) this.#listeners.emit("update", { digest, changedFlags: changed });
  }
}
