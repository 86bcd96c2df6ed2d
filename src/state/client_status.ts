// How a client is doing, as its users see it.

import type { FetchMode } from "../options/client_options.ts";

/**
 * How a client is doing, in a word: `initializing` until there is a state; `ready` while evaluations have answers, also
 * while fetching fails (`consecutiveFailures` and `lastError` tell of that); `stale` while they have, but from a state that
 * nothing has confirmed for `maxStaleness`; `failed` while they have none: under the error strategy `"strict"` because the
 * last fetch failed, under `"fallback"` because no fetch has succeeded yet and there is no snapshot; `closed`.
 */
export type ClientState = "initializing" | "ready" | "stale" | "failed" | "closed";

/** How a client is doing. */
export interface ClientStatus {
  /** How the client is doing, in a word. */
  readonly state: ClientState;
  /** How the state is kept up to date now: `"polling"` also where a server turned out not to stream. */
  readonly mode: FetchMode;
  /** When the flag state was replaced last. */
  readonly lastUpdate: Date | undefined;
  /** When it was last known that the flag state is current. */
  readonly lastSuccess: Date | undefined;
  /** The last failure; kept after recovery. */
  readonly lastError: Error | undefined;
  /** The digest of the flag state, where the server sends one. */
  readonly digest: string | undefined;
  /** The seconds since `lastSuccess`. */
  readonly ageSeconds: number | undefined;
  /** How many fetches failed, each with its retries, since the last one that did not. */
  readonly consecutiveFailures: number;
}
