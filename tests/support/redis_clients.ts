// The clients of Redis that the tests are run over: those of node-redis, ioredis and, on Bun, its own.

import type { RedisClientLike } from "../../store/redis.ts";
import { type RedisCalls, redisCalls } from "../../store/redis_client.ts";
import { encodeDocument } from "../../store/redis_layout.ts";
import { changesChannel, documentKey } from "../../store/redis_layout.ts";
import { WRITE_SCRIPT } from "../../relay/redis_scripts.ts";
import { flagDocument } from "../../testing/mod.ts";

/** A client that is connected. */
export interface OpenClient {
  /** The client. */
  readonly client: RedisClientLike;
  /** Its commands. */
  readonly calls: RedisCalls;
  /** Closes its connection. */
  [Symbol.dispose](): void;
}

/** A library, and why it is not there. */
export interface Library {
  /** The name, for the titles of tests. */
  readonly name: string;
  /** False, or why it cannot be tested. */
  readonly missing: false | string;
  /** Connects a client, which has a listener for errors. */
  open(url: string): Promise<OpenClient>;
}

const isBun = "Bun" in globalThis;

function opened(client: RedisClientLike, close: () => void): OpenClient {
  return { client, calls: redisCalls(client), [Symbol.dispose]: close };
}

/** node-redis. */
export const nodeRedis: Library = {
  name: "node-redis",
  missing: false,
  async open(url) {
    const { createClient } = await import("redis");
    const client = createClient({ url }).on("error", () => {});
    await client.connect();
    return opened(client, () => client.destroy());
  },
};

/** ioredis. */
export const ioredis: Library = {
  name: "ioredis",
  missing: false,
  async open(url) {
    const { Redis } = await import("ioredis");
    const client = new Redis(url);
    client.on("error", () => {});
    await client.ping();
    return opened(client, () => client.disconnect());
  },
};

/** Bun's own. */
export const bunRedis: Library = {
  name: "Bun's own client",
  missing: !isBun && "the client is Bun's",
  async open(url) {
    const name = "bun";
    const { RedisClient } = await import(name) as {
      RedisClient: new (url: string) => RedisClientLike & { connect(): Promise<void>; close(): void };
    };
    const client = new RedisClient(url);
    await client.connect();
    return opened(client, () => client.close());
  },
};

/** All of them. */
export const LIBRARIES: readonly Library[] = [nodeRedis, ioredis, bunRedis];

/** A document of the namespace `shop` in which the flag `a` is on or off. */
export function shopFlags(a: boolean, ballast = ""): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...flagDocument({ a }, "shop"), ballast }));
}

/** Where the tests keep documents. */
export const PLACE = { prefix: "flipt", environment: "default", namespace: "shop" } as const;

/**
 * Writes a document as a relay does, without being one.
 * @param floor what its version is at least.
 * @returns its version.
 */
export async function putDocument(
  calls: RedisCalls,
  document: Uint8Array,
  { digest = crypto.randomUUID(), floor = 1 }: { readonly digest?: string; readonly floor?: number } = {},
): Promise<number> {
  const { encoding, size, data } = await encodeDocument(document);
  const parameters = ["1", `${floor}`, digest, "0", encoding, `${size}`, data, changesChannel(PLACE)];
  return Number(await calls.eval(WRITE_SCRIPT, [documentKey(PLACE)], parameters));
}
