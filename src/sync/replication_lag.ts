// Which of two sources is ahead. A server can push a state a moment before it gives it to those who ask, and digests say
// that two states differ but not which is the newer one.

import type { Clock } from "../../core/clock.ts";

/** How long after a push, in milliseconds, a fetch may still give an older state. */
const MAX_LAG_MS = 5_000;

/** Tells whether a fetched state may be older than the one that was pushed last. */
export class ReplicationLag {
  readonly #clock: Clock;
  readonly #lag: number;
  #pushed: { readonly digest: string | undefined; readonly at: number } | undefined;

  /** @param updateInterval seconds between two fetches: the second one is believed in any case; 0 for no such limit. */
  constructor(clock: Clock, updateInterval: number) {
    this.#clock = clock;
    this.#lag = Math.min(MAX_LAG_MS, updateInterval * 1000 || MAX_LAG_MS);
  }

  /** A push changed the state. */
  pushed(digest: string | undefined): void {
    this.#pushed = { digest, at: this.#clock.elapsed() };
  }

  /** Whether a state that was asked for at `askedAt` may be older than the last push. */
  mayBeOlder(digest: string | undefined, askedAt: number): boolean {
    const pushed = this.#pushed;
    if (pushed === undefined || digest === pushed.digest) return false;
    return askedAt < pushed.at + this.#lag;
  }
}
