// The options of a relay, and what is wrong with them.

import { isObject, mustBe, mustBeNumber, quote } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { meantHint } from "../core/closest_string.ts";
import { noOptions } from "../core/option_names.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import type { SnapshotStore } from "../src/options/store.ts";
import type { ClientState } from "../src/state/client_status.ts";
import type { RedisClientLike } from "../store/redis_client.ts";
import type { RelayRole } from "./report.ts";
import { addressOf } from "./address.ts";

/** A namespace of a relay. */
export interface RelayedPlace {
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
}

/** Something that happened in a relay. */
export type RelayEvent =
  | RelayedPlace & { readonly type: "update"; readonly digest: string }
  | RelayedPlace & { readonly type: "status"; readonly state: ClientState }
  | Partial<RelayedPlace> & { readonly type: "error"; readonly error: Error }
  | { readonly type: "role"; readonly role: RelayRole };

/** How a relay writes to Redis. Of any number of relays with the same Redis and prefix, one writes. */
export interface RelayRedisOptions {
  /** A connected client of node-redis, ioredis or Bun. The caller closes it after the relay. */
  readonly client: RedisClientLike;
  /** A client for subscriptions. @default one that `client.duplicate()` returns */
  readonly subscriber?: RedisClientLike;
  /** The prefix of the keys, the same as in `redisSource`. @default "flipt" */
  readonly prefix?: string;
  /** Seconds until another relay takes over from one that died. @default 15 */
  readonly leaseSeconds?: number;
}

/** The options of `FliptClient.init` that say how a relay asks the Flipt server. */
export type RelayServerOptions = Pick<
  ClientOptions,
  | "url"
  | "environment"
  | "authentication"
  | "headers"
  | "tls"
  | "fetchMode"
  | "updateInterval"
  | "requestTimeout"
  | "bodyTimeout"
  | "maxDocumentBytes"
  | "maxStaleness"
>;

/**
 * Options of `runRelay`. Those of a client have the same meaning, with other defaults: a relay streams if the server
 * can, and also fetches every 30 seconds. With `maxStaleness`, a document that the server has not confirmed for so long
 * is not served, so that clients notice an outage as they would without a relay.
 */
export interface RelayOptions extends RelayServerOptions {
  /** The namespaces to pass on. */
  readonly namespaces: readonly string[];
  /**
   * Where to serve the documents in Flipt's own protocol: `:8080`, `127.0.0.1:8080`, `[::1]:8080` or
   * `unix:/run/flipt.sock`.
   * @default nowhere
   */
  readonly listen?: string;
  /**
   * A file with the tokens of clients, one per line. It is read again when it changes. The token for the Flipt server
   * is another one, which no client sees.
   * @default none: whoever reaches the address may ask
   */
  readonly clientTokenFile?: string;
  /** Where to serve `/healthz` and `/metrics`. @default where the documents are served */
  readonly health?: string;
  /**
   * Persists the documents, for a start without the Flipt server: a folder, or a function that returns a store for a
   * namespace.
   * @default nothing
   */
  readonly store?: string | ((place: RelayedPlace) => SnapshotStore);
  /** Where documents are written for clients with `redisSource`. @default nowhere */
  readonly redis?: RelayRedisOptions;
  /** Called for each event. It must not throw. @default nobody */
  readonly onEvent?: (event: RelayEvent) => void;
}

const REDIS_OPTIONS = ["client", "subscriber", "prefix", "leaseSeconds"];
const OWN_OPTIONS = ["namespaces", "listen", "clientTokenFile", "health", "store", "onEvent", "redis"];
const SERVER_OPTIONS: Readonly<Record<keyof RelayServerOptions, true>> = {
  url: true,
  environment: true,
  authentication: true,
  headers: true,
  tls: true,
  fetchMode: true,
  updateInterval: true,
  requestTimeout: true,
  bodyTimeout: true,
  maxDocumentBytes: true,
  maxStaleness: true,
};

/** How often a relay asks beside its stream, in seconds: it is one for many. */
const UPDATE_INTERVAL_SECONDS = 30;

/** A shorter lease would be lost to a pause of the garbage collector or of the network. */
export const MIN_LEASE_SECONDS = 1;

/** Returns the options of the clients of a relay, except for the namespace. */
export function clientOptionsOf(options: RelayOptions): ClientOptions {
  const given = Object.keys(SERVER_OPTIONS).map((name) => [name, options[name as keyof RelayServerOptions]]);
  return {
    fetchMode: "streaming",
    updateInterval: UPDATE_INTERVAL_SECONDS,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    errorStrategy: "fallback",
    // What happens is told by events.
    logLevel: "off",
  };
}

/**
 * Checks what is not an option of a client: those are checked where the clients are made.
 * @throws {ValidationError} that lists everything wrong with the options.
 */
export function checkRelayOptions(options: unknown): asserts options is RelayOptions {
  if (!isObject(options)) throw noOptions("runRelay()", options);
  const problems = [...problemsOf(options)];
  if (problems.length === 0) return;
  throw new ValidationError(
    `the options of runRelay() are not usable:\n${problems.map((line) => `- ${line}`).join("\n")}`,
  );
}

function* problemsOf(options: Record<string, unknown>): Generator<string> {
  const known = [...OWN_OPTIONS, ...Object.keys(SERVER_OPTIONS)];
  for (const name of Object.keys(options).filter((each) => !known.includes(each))) {
    yield `unknown option ${quote(name)}${meantHint(name, known)}`;
  }
  const { namespaces, listen, health, clientTokenFile, store, onEvent, redis } = options;
  if (!Array.isArray(namespaces)) {
    yield `namespaces ${mustBe("an array with at least one namespace", namespaces)}`;
  } else if (namespaces.length === 0) yield "namespaces is empty: name at least one";
  else if (new Set(namespaces).size < namespaces.length) yield "namespaces contains a namespace twice";
  for (const [name, value] of Object.entries({ listen, health })) {
    const problem = value === undefined ? undefined : addressProblem(value);
    if (problem !== undefined) yield `${name} ${problem}`;
  }
  if (clientTokenFile !== undefined && typeof clientTokenFile !== "string") {
    yield `clientTokenFile ${mustBe("the path of a file", clientTokenFile)}`;
  } else if (clientTokenFile !== undefined && listen === undefined) {
    yield "clientTokenFile only works with listen";
  }
  if (store !== undefined && typeof store !== "string" && typeof store !== "function") {
    yield `store ${mustBe("the path of a folder, or a function that returns a store", store)}`;
  }
  if (redis !== undefined) yield* redisProblems(redis);
  if (onEvent !== undefined && typeof onEvent !== "function") {
    yield `onEvent ${mustBe("a function", onEvent)}`;
  }
}

function* redisProblems(redis: unknown): Generator<string> {
  if (!isObject(redis)) {
    yield `redis ${mustBe("an object such as { client }", redis)}`;
    return;
  }
  for (const name of Object.keys(redis).filter((each) => !REDIS_OPTIONS.includes(each))) {
    yield `unknown option ${quote(`redis.${name}`)}${meantHint(name, REDIS_OPTIONS)}`;
  }
  const { client, prefix, leaseSeconds } = redis;
  if (!isObject(client)) yield `redis.client ${mustBe("a client of node-redis, ioredis or Bun", client)}`;
  if (prefix !== undefined && (typeof prefix !== "string" || prefix === "")) {
    yield `redis.prefix ${mustBe("a string that is not empty", prefix)}`;
  }
  if (leaseSeconds === undefined || typeof leaseSeconds === "number" && leaseSeconds >= MIN_LEASE_SECONDS) {
    return;
  }
  yield `redis.leaseSeconds ${mustBeNumber(`a number of at least ${MIN_LEASE_SECONDS}`, leaseSeconds)}`;
}

function addressProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return mustBe("an address such as :8080", value);
  try {
    addressOf(value);
    return undefined;
  } catch {
    return "must be an address such as :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/flipt.sock";
  }
}
