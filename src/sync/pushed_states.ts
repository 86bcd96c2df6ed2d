// States that a server pushes: which of them replace the held one, and which fetches they outdate. A server can push a
// state a moment before it gives it to those who ask, and digests say that two states differ but not which is the newer
// one.

import type { Clock } from "../../core/clock.ts";
import type { CompiledState } from "../../engines/engine.ts";
import type { Settings } from "../options/options.ts";
import type { StateHolder } from "../state/state_holder.ts";
import type { StateUpdates } from "./state_updates.ts";

/** How long after a push, in milliseconds, a fetch may still give an older state. */
const MAX_LAG_MS = 5_000;

/** What the taking in of pushed states is made of. */
export interface PushedStateParts {
  /** The held state. */
  readonly holder: StateHolder;
  /** What puts states in place. */
  readonly stateUpdates: StateUpdates;
  /** Tells when a push came. */
  readonly clock: Clock;
  /** The options: the second of two fetches is believed in any case. */
  readonly settings: Pick<Settings, "updateInterval">;
}

/** Takes pushed states in. */
export class PushedStates {
  readonly #parts: PushedStateParts;
  readonly #lagMs: number;
  #last: { readonly digest: string | undefined; readonly at: number } | undefined;

  /** From now on, a fetch that may be older than a push changes nothing. */
  constructor(parts: PushedStateParts) {
    this.#parts = parts;
    this.#lagMs = Math.min(MAX_LAG_MS, parts.settings.updateInterval * 1000 || MAX_LAG_MS);
    parts.stateUpdates.mayBeOutdated = (digest, askedAt) =>
      this.#last !== undefined && digest !== this.#last.digest && askedAt < this.#last.at + this.#lagMs;
  }

  /** Whether the held state is known to be the one with this digest. */
  holds(digest: string | undefined): boolean {
    return this.#parts.holder.holds(digest);
  }

  /** A push said that the held state is current. */
  confirmed(): void {
    this.#parts.stateUpdates.confirm();
  }

  /** A push brought a state, which may be the held one. */
  pushed(state: CompiledState): void {
    const { digest } = state;
    if (this.holds(digest)) {
      state.release();
      this.confirmed();
      return;
    }
    this.#last = { digest, at: this.#parts.clock.elapsed() };
    // The server's ETag is the digest.
    this.#parts.stateUpdates.replace(state, { etag: digest, digest });
  }
}
