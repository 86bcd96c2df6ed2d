// Says of a client whether it is well, and why not.

import type { ClientState, ClientStatus } from "../src/state/client_status.ts";

/** What has a status: a client. */
export interface HealthClient {
  /** How the client is doing. */
  readonly status: ClientStatus;
}

/** What counts as well. */
export interface HealthOptions {
  /** Whether a client is well whose flags nothing has confirmed for the option `maxStaleness`. @default true */
  readonly allowStale?: boolean;
  /** Whether a client is well that has no flags, so that defaults answer. @default false */
  readonly allowDefaults?: boolean;
}

/** The health of a client. */
export interface Health {
  /** Whether the client is well. */
  readonly ok: boolean;
  /** How it is doing, in a word: `status.state`. */
  readonly status: ClientState;
  /** What is not as it should be, in sentences; also of a client that is well all the same. */
  readonly reasons: readonly string[];
  /** Seconds since the flags were last known to be current; absent when they never were. */
  readonly ageSeconds?: number;
  /** The digest of the flag state, where the server gives one. */
  readonly digest?: string;
}

const STATE_REASONS: Readonly<Record<ClientState, string | undefined>> = {
  ready: undefined,
  stale: "the flags have not been confirmed for longer than maxStaleness",
  initializing: "there are no flags yet: the first fetch is in progress",
  failed: "there are no flags to evaluate",
  closed: "the client is closed",
};

/**
 * Returns the health of a client: it is well when it answers from flags.
 *
 * @param client The client.
 * @param options What else counts as well.
 */
export function health(
  { status }: HealthClient,
  { allowStale = true, allowDefaults = false }: HealthOptions = {},
): Health {
  const { state, ageSeconds, digest, consecutiveFailures, lastError } = status;
  const reasons: string[] = [];
  const reason = STATE_REASONS[state];
  if (reason !== undefined) reasons.push(reason);
  if (consecutiveFailures > 0 && lastError !== undefined) {
    reasons.push(`the last ${consecutiveFailures} of its fetches failed: ${lastError.message}`);
  } else if (ageSeconds === undefined && state === "ready") {
    reasons.push("the flags come from a store or a snapshot and have not been confirmed yet");
  }
  const ok = state === "ready" || state === "stale" && allowStale ||
    (state === "initializing" || state === "failed") && allowDefaults;
  return {
    ok,
    status: state,
    reasons,
    ...(ageSeconds === undefined ? {} : { ageSeconds }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Returns the health of a client as a response: 200 when it is well and 503 when not, with `health` as its JSON. Caches
 * are told not to keep it.
 *
 * @param client The client.
 * @param options What else counts as well.
 */
export function healthResponse(client: HealthClient, options: HealthOptions = {}): Response {
  const body = health(client, options);
  return Response.json(body, { status: body.ok ? 200 : 503, headers: { "cache-control": "no-store" } });
}
