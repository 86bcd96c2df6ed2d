// Snapshots in a Redis, over each of the clients that Node, Deno and Bun have for one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { FliptError, ValidationError } from "../../core/errors.ts";
import type { RedisCommands } from "../../store/redis.ts";
import { redisStore } from "../../store/redis.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { assertKeeps, offline } from "../support/stores.ts";
import { warnings } from "../support/warnings.ts";

const isBun = "Bun" in globalThis;

const withoutRedis = missingRedis();

test("a Redis keeps snapshots, over node-redis", { skip: withoutRedis }, async () => {
  const { createClient } = await import("redis");
  await using server = await RedisServer.start();
  const client = createClient({ url: server.url });
  await client.connect();
  await assertKeeps(redisStore(client, "flipt:shop"));
  await client.close();
});

test("a Redis keeps snapshots, over ioredis", { skip: withoutRedis }, async () => {
  const { Redis } = await import("ioredis");
  await using server = await RedisServer.start();
  const client = new Redis(server.port, "127.0.0.1");
  await assertKeeps(redisStore(client, "flipt:shop"));
  client.disconnect();
});

test("a Redis keeps snapshots, over Bun's own client", {
  skip: withoutRedis || (!isBun && "the client is Bun's"),
}, async () => {
  const name = "bun";
  const { RedisClient } = await import(name) as {
    RedisClient: new (url: string) => RedisCommands & { close(): void };
  };
  await using server = await RedisServer.start();
  const client = new RedisClient(server.url);
  await assertKeeps(redisStore(client, "flipt:shop"));
  client.close();
});

test("a Redis that is gone is reported, and the client goes on", { skip: withoutRedis }, async () => {
  const { Redis } = await import("ioredis");
  let client: InstanceType<typeof Redis>;
  {
    await using server = await RedisServer.start();
    client = new Redis(server.port, "127.0.0.1", { maxRetriesPerRequest: 1 });
    await client.ping();
    client.on("error", () => {});
  }
  const printed = await warnings(async () => (await offline(redisStore(client, "flipt:shop"))).close());
  assert.match((printed[0]?.[1] as Error).message, /^the Redis key flipt:shop could not be read: /);
  client.disconnect();
});

test("a command that fails says why, and does not show the snapshot", async () => {
  class TimeoutError extends Error {}
  const failing = (error: Error): RedisCommands => ({
    get: () => Promise.reject(error),
    set: () => Promise.reject(error),
  });
  const replyError = Object.assign(new Error("OOM command not allowed"), {
    command: { args: ["k", "rules"] },
  });
  await assert.rejects(redisStore(failing(replyError), "k").save("rules"), (error) => {
    assert.doesNotMatch(inspect(error), /rules/);
    return error instanceof FliptError && error.message === "OOM command not allowed";
  });
  await assert.rejects(
    redisStore(failing(new TimeoutError()), "k").load(),
    /^FliptError: TimeoutError without a message$/,
  );
});

test("what is wrong with the parameters of a store is said", () => {
  const client = { get() {}, set() {} };
  const wrong: [unknown, unknown, RegExp][] = [
    [
      undefined,
      "k",
      /^client of redisStore\(\) must be a client of node-redis, ioredis or Bun, .* but is undefined$/,
    ],
    ["redis://localhost", "k", /^client of redisStore\(\) must be a client .* but is a string$/],
    [client, undefined, /^key of redisStore\(\) must be a string, but is undefined$/],
    [client, "", /^key of redisStore\(\) cannot be empty$/],
  ];
  for (const [given, key, message] of wrong) {
    assert.throws(() => redisStore(given as RedisCommands, key as string), (error: unknown) => {
      return error instanceof ValidationError && message.test(error.message);
    });
  }
});

test("a Redis that goes away does not end the process, though nobody listens to its client", {
  skip: withoutRedis,
}, async () => {
  const { createClient } = await import("redis");
  const server = await RedisServer.start();
  const client = createClient({ url: server.url });
  const store = redisStore(client, "flipt:shop");
  assert.equal(client.listenerCount("error"), 1);
  await client.connect();
  await assertKeeps(store);
  const lost = new Promise((resolve) => client.once("error", resolve));
  await server[Symbol.asyncDispose]();
  await lost;
  client.destroy();
  const heard = createClient({ url: server.url }).on("error", () => {});
  redisStore(heard, "flipt:shop");
  assert.equal(heard.listenerCount("error"), 1);
});
