// How a client is doing, as its users see it.

import type { FetchMode } from "../options/client_options.ts";

/**
 * The state of a client, in a word: `initializing` until there is a flag state; `ready` while evaluations have answers,
 * even while fetching fails (see `consecutiveFailures` and `lastError`); `stale` while they have answers, but from a
 * state that has not been confirmed for `maxStaleness`; `failed` while they have none: under the error strategy
 * `"strict"` because the last fetch failed, under `"fallback"` because no fetch has succeeded yet and there is no
 * snapshot; `closed`.
 */
export type ClientState = "initializing" | "ready" | "stale" | "failed" | "closed";

/** The status of a client. */
export interface ClientStatus {
  /** The state of the client, in a word. */
  readonly state: ClientState;
  /** How the flag state is kept up to date now: also `"polling"` if the server turned out not to stream. */
  readonly mode: FetchMode;
  /** When the flag state was last replaced. */
  readonly lastUpdate: Date | undefined;
  /** When the flag state was last known to be current. */
  readonly lastSuccess: Date | undefined;
  /** The last failure; kept after recovery. */
  readonly lastError: Error | undefined;
  /** The digest of the flag state, if the server sends one. */
  readonly digest: string | undefined;
  /** The seconds since `lastSuccess`. */
  readonly ageSeconds: number | undefined;
  /** How many fetches failed, each after its retries, since the last success. */
  readonly consecutiveFailures: number;
}
