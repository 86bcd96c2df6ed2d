// The documents that a relay keeps in Redis, as the source of a client: read in one round trip, followed by messages, and
// compared now and then, since a message can be missed.

import type { Clock } from "../core/clock.ts";
import { textProblem } from "../core/describe.ts";
import { errorText, FetchError, ValidationError } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import { systemClock } from "../ffi/system_clock.ts";
import type { DocumentRequest, DocumentSource, VersionedDocument } from "../src/options/document_source.ts";
import type { RedisCalls, RedisClientLike, Subscription } from "./redis_client.ts";
import { libraryOf, redisCalls } from "./redis_client.ts";
import {
  changesChannel,
  decodeDocument,
  DEFAULT_PREFIX,
  DOCUMENT_FIELDS,
  documentKey,
  type DocumentPlace,
  type StoredVersion,
  storedVersion,
  VERSION_FIELDS,
  versionNumber,
  versionText,
} from "./redis_layout.ts";
import { subscribe } from "./redis_subscription.ts";

/** Options of `redisSource`. */
export interface RedisSourceOptions {
  /** A client of node-redis, ioredis or Bun, also for a cluster or over Sentinel. The caller connects and closes it. */
  readonly client: RedisClientLike;
  /**
   * A client used only for the subscription. The caller connects and closes it.
   * @default `client.duplicate()`, closed with the Flipt client
   */
  readonly subscriber?: RedisClientLike;
  /** The environment. @default "default" */
  readonly environment?: string;
  /** The namespace. @default the namespace of the Flipt client */
  readonly namespace?: string;
  /** The prefix of the keys, the same as the relay's. @default "flipt" */
  readonly prefix?: string;
  /** Seconds between two comparisons of the version, for messages that were missed. @default 30 */
  readonly updateInterval?: number;
}

/** The longest comparison interval, in seconds: a day. */
const MAX_INTERVAL_SECONDS = 86_400;
/** How far an interval is stretched or shortened by chance, so that processes started together spread out. */
const JITTER = 0.1;
/** How long a document that was announced is asked for, in milliseconds, where a replica that is read does not have it yet. */
const MAX_LAG_MS = 5_000;
/** The wait before it is asked for again, in milliseconds; it doubles. */
const FIRST_LAG_WAIT_MS = 20;
/** The wait before what failed is tried again, in milliseconds; it doubles, up to the interval. */
const FIRST_RETRY_MS = 500;
/** How long a comparison may take, in milliseconds: libraries queue commands for minutes while Redis is gone. */
const MAX_COMPARISON_MS = 5_000;
/** What a server says that will not do what it is asked. */
const REFUSAL = /^(NOPERM|NOAUTH|WRONGPASS|WRONGTYPE|ERR) /;

/**
 * Returns a source for the option `source` of a client: the documents that `flipt-ffi relay` keeps in Redis or Valkey. A
 * client with it never contacts Flipt. It keeps answering while Redis is down.
 *
 * It uses your client of node-redis, ioredis or Bun; several Flipt clients can share one source.
 *
 * @throws {ValidationError} when an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { redisSource } from "@flipt-ffi/client/store/redis";
 * import { createClient } from "redis";
 *
 * const redis = await createClient({ url: "redis://localhost:6379" }).on("error", console.warn).connect();
 * const client = await FliptClient.init({ namespace: "shop", source: redisSource({ client: redis }) });
 * ```
 */
export function redisSource(options: RedisSourceOptions): DocumentSource {
  return new RedisSource(options);
}

/** What is known of a namespace that is followed. */
interface Followed {
  readonly channel: string;
  /** The version that a message told of and that has not been read yet. */
  announced: { readonly version: number; readonly at: number; waitMs: number } | undefined;
  /** Since when Redis has had a lower version than the client, in the clock's `elapsed`. */
  lowerSince: number | undefined;
}

/** A source of documents in Redis. Tests bring a clock. */
export class RedisSource implements DocumentSource {
  readonly name: string;
  readonly #calls: RedisCalls;
  readonly #options: RedisSourceOptions;
  readonly #place: Omit<DocumentPlace, "namespace">;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #followed = new Map<string, Followed>();
  readonly #watchers = new Set<() => void>();
  readonly #timers = new Set<() => void>();
  /** The comparisons that took too long, by key, until they end: their commands are queued, and no others after them. */
  readonly #late = new Map<string, Promise<readonly unknown[]>>();
  #subscription: Subscription | undefined;
  #isTroubled = false;
  #failures = 0;
  #cancelRetry: () => void = () => {};
  /** Why the server lets nobody subscribe, until the client has been told. */
  #refusal: string | undefined;

  /** @throws {ValidationError} when an option is invalid. */
  constructor(options: RedisSourceOptions, clock: Clock = systemClock) {
    const { client, subscriber, prefix = DEFAULT_PREFIX, environment = "default" } = checked(options);
    this.#calls = redisCalls(client);
    if (subscriber !== undefined) libraryOf(subscriber, "subscriber");
    this.#options = options;
    this.#place = { prefix, environment };
    this.#clock = clock;
    this.#intervalMs = (options.updateInterval ?? 30) * 1000;
    this.name = `the Redis keys ${prefix}:*`;
  }

  async load(request: DocumentRequest): Promise<VersionedDocument> {
    this.#cancelRetry();
    try {
      const loaded = await this.#load(request);
      this.#failures = 0;
      return loaded;
    } catch (error) {
      this.#retryLater();
      // At the start the client tries again. Later it does not wait before it reads what a message tells of.
      throw error instanceof FetchError && error.retryable && request.version !== undefined
        ? failure(error.message, error.cause, false)
        : error;
    }
  }

  async #load({ namespace, version: held }: DocumentRequest): Promise<VersionedDocument> {
    const place = { ...this.#place, namespace: this.#options.namespace ?? namespace };
    const key = documentKey(place);
    const followed = this.#follow(place);
    const heldNumber = versionNumber(held);
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal !== undefined) throw this.#notFollowed(refusal);
    const { announced } = followed;
    // Known to be new, or needed in any case: one round trip. Otherwise a few bytes tell that nothing changed.
    if (held !== undefined && (announced === undefined || announced.version <= (heldNumber ?? 0))) {
      const stored = storedVersion(await this.#readVersion(key));
      if (stored !== undefined && this.#isKept(followed, stored, held)) return { version: held };
    }
    const reply = await this.#read(key, DOCUMENT_FIELDS);
    const stored = storedVersion(reply);
    if (stored === undefined) throw missing(key, place);
    if (held !== undefined && this.#isKept(followed, stored, held)) return { version: held };
    try {
      const document = await decodeDocument(reply.slice(VERSION_FIELDS.length));
      return { version: versionText(stored), document };
    } catch (error) {
      throw failure(`the document in the Redis key ${key} cannot be read: ${errorText(error)}`, error);
    }
  }

  watch(changed: () => void): () => void {
    const own = (): void => changed();
    this.#watchers.add(own);
    if (this.#subscription === undefined) this.#start();
    return () => {
      this.#watchers.delete(own);
      if (this.#watchers.size === 0) this.#stop();
    };
  }

  /**
   * Whether the client keeps the version that it holds: because it is the one in Redis, or because that one is lower. Versions
   * only rise, so a lower one is of a replica that lags, a failover that lost a write, or a backup, and the relay that leads
   * writes a higher one within seconds. One that stays for a whole interval is believed after all.
   */
  #isKept(followed: Followed, stored: StoredVersion, held: string): boolean {
    const now = this.#clock.elapsed();
    this.#caughtUp(followed, stored, now);
    if (versionText(stored) === held) {
      followed.lowerSince = undefined;
      return true;
    }
    if (stored.version > (versionNumber(held) ?? 0)) {
      followed.lowerSince = undefined;
      return false;
    }
    if (followed.lowerSince === undefined) {
      followed.lowerSince = now;
      this.#after(this.#intervalMs, () => this.#tell());
      return true;
    }
    return now - followed.lowerSince < this.#intervalMs;
  }

  /** Asks again soon where what was announced is not there yet. */
  #caughtUp(followed: Followed, stored: StoredVersion, now: number): void {
    const { announced } = followed;
    if (announced === undefined) return;
    if (stored.version >= announced.version || now - announced.at > MAX_LAG_MS) {
      followed.announced = undefined;
      return;
    }
    this.#after(announced.waitMs, () => this.#tell());
    announced.waitMs *= 2;
  }

  #follow(place: DocumentPlace): Followed {
    const channel = changesChannel(place);
    let followed = this.#followed.get(channel);
    if (followed === undefined) {
      followed = { channel, announced: undefined, lowerSince: undefined };
      this.#followed.set(channel, followed);
      this.#subscription?.add(channel);
    }
    return followed;
  }

  #start(): void {
    this.#subscription = subscribe(this.#options.client, this.#options.subscriber, {
      onMessage: (channel, message) => {
        const followed = this.#followed.get(channel);
        const version = Number(message);
        if (followed === undefined || !Number.isSafeInteger(version)) return;
        followed.announced = { version, at: this.#clock.elapsed(), waitMs: FIRST_LAG_WAIT_MS };
        this.#tell();
      },
      // Messages may have been missed meanwhile.
      onSubscribed: () => {
        this.#isTroubled = false;
        this.#tell();
      },
      onTrouble: (error) => this.#onTrouble(error),
    });
    for (const { channel } of this.#followed.values()) this.#subscription.add(channel);
    this.#compareLater();
  }

  /** Reads once when the connection is lost: that fails, too, or shows that Redis is there. Either way the client knows. */
  #onTrouble({ message }: Error): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    if (REFUSAL.test(message)) this.#refusal = `Redis refuses SUBSCRIBE: ${message}`;
    else if (/duplicate\(\)/.test(message)) this.#refusal = message;
    this.#tell();
  }

  #stop(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #retryLater(): void {
    const limit = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, this.#intervalMs);
    this.#cancelRetry = this.#after(limit * (0.5 + this.#clock.random()), () => {
      this.#subscription?.renew();
      this.#tell();
    });
  }

  #compareLater(): void {
    const factor = 1 + JITTER * (2 * this.#clock.random() - 1);
    this.#after(this.#intervalMs * factor, () => {
      this.#subscription?.renew();
      this.#tell();
      this.#compareLater();
    });
  }

  /** Calls back later, while somebody watches. Returns what prevents that. */
  #after(delayMs: number, callback: () => void): () => void {
    if (this.#subscription === undefined) return () => {};
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    }, { background: true });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  #tell(): void {
    for (const changed of [...this.#watchers]) changed();
  }

  #notFollowed(refusal: string): FetchError {
    const seconds = this.#intervalMs / 1000;
    return failure(
      `${this.name} cannot be followed, and changes are noticed every ${seconds} s only: ${refusal}`,
      undefined,
      false,
    );
  }

  async #readVersion(key: string): Promise<readonly unknown[]> {
    const reading = this.#late.get(key) ?? this.#read(key, VERSION_FIELDS);
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.after(MAX_COMPARISON_MS, () => {
      this.#late.set(key, reading);
      const done = (): boolean => this.#late.delete(key);
      reading.then(done, done);
      reject(
        failure(`the Redis key ${key} could not be read: no response within ${MAX_COMPARISON_MS / 1000} s`),
      );
    }, { background: true });
    return await Promise.race([reading, promise]).finally(cancel);
  }

  async #read(key: string, fields: readonly string[]): Promise<readonly unknown[]> {
    try {
      return await this.#calls.hmget(key, fields);
    } catch (error) {
      const text = errorText(error);
      throw failure(`the Redis key ${key} could not be read: ${text}`, error, !REFUSAL.test(text));
    }
  }
}

function missing(key: string, { environment, namespace }: DocumentPlace): FetchError {
  return failure(
    `Redis has no flags of the namespace "${namespace}" in the environment "${environment}" (key ${key}): ` +
      "is a relay running for them, with this prefix?",
  );
}

function failure(message: string, cause?: unknown, retryable = true): FetchError {
  return new FetchError(message, { url: "", retryable, cause });
}

const OPTIONS: OptionNames<RedisSourceOptions> = {
  client: true,
  subscriber: true,
  environment: true,
  namespace: true,
  prefix: true,
  updateInterval: true,
};

function checked(options: RedisSourceOptions): RedisSourceOptions {
  checkOptionNames("redisSource()", options, OPTIONS);
  for (const name of ["environment", "namespace", "prefix"] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === "string" && value !== "" && value.isWellFormed()) continue;
    const problem = textProblem(value) ?? "contains a lone surrogate";
    throw new ValidationError(`${name} of redisSource() ${problem}`);
  }
  const seconds: unknown = options.updateInterval;
  const isInterval = typeof seconds === "number" && seconds > 0 && seconds <= MAX_INTERVAL_SECONDS;
  if (seconds !== undefined && !isInterval) {
    throw new ValidationError(
      `updateInterval of redisSource() must be a number of seconds, above 0 and at most ${MAX_INTERVAL_SECONDS}`,
    );
  }
  return options;
}
