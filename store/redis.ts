/**
 * A snapshot store in Redis or Valkey, over the client that you have: node-redis, ioredis, Bun's own.
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

import type { SnapshotStore } from "../src/options/store.ts";

/** What is used of a Redis client; those of node-redis, ioredis and Bun have it. */
export interface RedisCommands {
  /** `GET`. */
  get(key: string): Promise<unknown>;
  /** `SET`. */
  set(key: string, value: string): Promise<unknown>;
  /** What emitters have; used only to listen to errors. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** What emitters have. */
  listenerCount?(event: "error"): number;
}

/**
 * A store that is a key of a Redis. The client stays yours: connect it before, and close it afterwards. Where nobody
 * listens to its `error` events, which ends a Node process when Redis goes away, the store does.
 *
 * @param client a connected client.
 * @param key the key; each namespace and environment needs one of its own.
 */
export function redisStore(client: RedisCommands, key: string): SnapshotStore {
  // What fails is told by the commands that fail.
  if (client.listenerCount?.("error") === 0) client.on?.("error", () => {});
  return {
    name: `the Redis key ${key}`,
    async load(): Promise<string | undefined> {
      const value = await client.get(key);
      return value === null || value === undefined ? undefined : String(value);
    },
    async save(snapshot: string): Promise<void> {
      await client.set(key, snapshot);
    },
  };
}

export type { SnapshotStore };
