/**
 * A snapshot store in Redis or Valkey, and the flags that a relay keeps there, over your own client: node-redis, ioredis or
 * Bun's.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { redisStore } from "@flipt-ffi/client/store/redis";
 * import { createClient } from "redis";
 *
 * const redis = await createClient({ url: "redis://localhost:6379" }).on("error", console.warn).connect();
 * const client = await FliptClient.init({
 *   url: "https://flipt.example.com",
 *   namespace: "shop",
 *   errorStrategy: "fallback",
 *   store: redisStore(redis, "flipt:shop"),
 * });
 * ```
 *
 * @module
 */

import { checkArgument } from "../core/argument_checks.ts";
import { methodsProblem, textProblem } from "../core/describe.ts";
import type { SnapshotStore } from "../src/options/store.ts";
import { redisError } from "./redis_client.ts";

export { redisSource } from "./redis_source.ts";
export type { RedisSourceOptions } from "./redis_source.ts";
export type { RedisClientLike, RedisMethod } from "./redis_client.ts";
export type { DocumentRequest, DocumentSource, VersionedDocument } from "../src/options/document_source.ts";
export { FetchError, FliptError, ValidationError } from "../core/errors.ts";

/** The part of a Redis client that is used. Those of node-redis, ioredis and Bun have it. */
export interface RedisCommands {
  /** The command `GET`. */
  get(key: string): Promise<unknown>;
  /** The command `SET`. */
  set(key: string, value: string): Promise<unknown>;
  /** Adds an event listener. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** Returns the number of event listeners. */
  listenerCount?(event: "error"): number;
}

/**
 * Returns a store in a key of Redis. If the client has no listener for its `error` events, adds one, since an unhandled
 * `error` event ends a Node process when Redis goes away.
 *
 * @param client A connected client. The caller closes it.
 * @param key The key. Each namespace and environment needs its own.
 * @throws {ValidationError} when one of them is invalid.
 */
export function redisStore(client: RedisCommands, key: string): SnapshotStore {
  const what = "a client of node-redis, ioredis or Bun, such as createClient({ url })";
  checkArgument("client of redisStore()", methodsProblem(client, what, "get", "set"));
  checkArgument("key of redisStore()", textProblem(key));
  // Failures are reported by the commands that fail.
  if (client.listenerCount?.("error") === 0) client.on?.("error", () => {});
  return {
    name: `the Redis key ${key}`,
    async load(): Promise<string | undefined> {
      const value = await shown(client.get(key));
      return value === null || value === undefined ? undefined : String(value);
    },
    async save(snapshot: string): Promise<void> {
      await shown(client.set(key, snapshot));
    },
  };
}

/** The result of a command; its error is one that names its cause, and does not have the snapshot in it. */
async function shown(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    throw redisError(error);
  }
}

export type { SnapshotStore };
