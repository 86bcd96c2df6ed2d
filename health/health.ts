// Says of a client whether it is well, and why not.

import { checkArgument } from "../core/argument_checks.ts";
import { isObject, mustBe } from "../core/describe.ts";
import type { ClientState, ClientStatus } from "../src/state/client_status.ts";

/** An object with a status: a client. */
export interface HealthClient {
  /** The status of the client. */
  readonly status: ClientStatus;
}

/** What counts as healthy. */
export interface HealthOptions {
  /** Whether a client counts as healthy if its flags have not been confirmed for `maxStaleness`. @default true */
  readonly allowStale?: boolean;
  /** Whether a client counts as healthy if it has no flags, so that defaults are returned. @default false */
  readonly allowDefaults?: boolean;
}

/** The health of a client. */
export interface Health {
  /** Whether the client is healthy. */
  readonly ok: boolean;
  /** The state of the client, in a word: `status.state`. */
  readonly status: ClientState;
  /** The problems, in sentences; a healthy client can have some, too. */
  readonly reasons: readonly string[];
  /** Seconds since the flags were last known to be current; absent when they never were. */
  readonly ageSeconds?: number;
  /** The digest of the flag state, if the server sends one. */
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
 * Returns the health of a client: it is healthy when it answers from flags.
 *
 * @param client The client.
 * @param options What else counts as healthy.
 * @throws {ValidationError} when it is not given a client.
 */
export function health(
  client: HealthClient,
  options?: HealthOptions | null,
): Health {
  const { allowStale = true, allowDefaults = false } = options ?? {};
  checkArgument("client of health()", clientProblem(client));
  const { state, ageSeconds, digest, consecutiveFailures, lastError } = client.status;
  const reasons: string[] = [];
  const reason = STATE_REASONS[state];
  if (reason !== undefined) reasons.push(reason);
  if (consecutiveFailures > 0 && lastError !== undefined) {
    const last = consecutiveFailures === 1 ? "last fetch" : `last ${consecutiveFailures} fetches`;
    reasons.push(`its ${last} failed: ${lastError.message}`);
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
 * Returns the health of a client as a response: 200 when it is healthy and 503 when not, with `health` as its JSON.
 * Caches must not store it.
 *
 * @param client The client.
 * @param options What else counts as healthy.
 * @throws {ValidationError} when it is not given a client.
 */
export function healthResponse(client: HealthClient, options?: HealthOptions | null): Response {
  const body = health(client, options);
  return Response.json(body, { status: body.ok ? 200 : 503, headers: { "cache-control": "no-store" } });
}

function clientProblem(value: unknown): string | undefined {
  if (!isObject(value)) return mustBe("a client", value);
  return isObject(value["status"]) ? undefined : "must be a client, but has no status";
}
