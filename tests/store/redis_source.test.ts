// Clients whose flags come from a Redis, over each of the clients that Node, Deno and Bun have for one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError, FliptClient, ValidationError } from "../../mod.ts";
import { redisSource, type RedisSourceOptions } from "../../store/redis.ts";
import { isOn, nextError, nextUpdate, soon } from "../support/file_clients.ts";
import { freePort, missingRedis, RedisServer } from "../support/redis.ts";
import { ioredis, LIBRARIES, nodeRedis, putDocument, shopFlags } from "../support/redis_clients.ts";

const withoutRedis = missingRedis();

/** A client that reads from a Redis. */
function reading(options: RedisSourceOptions): Promise<FliptClient> {
  return FliptClient.init({ source: redisSource(options), namespace: "shop", engine: "portable" });
}

/** Settles with the next update, whatever fails before. */
function nextUpdateAfterErrors(client: FliptClient): Promise<unknown> {
  return soon(new Promise((resolve) => client.on("update", resolve)));
}

for (const library of LIBRARIES) {
  test(`flags come from Redis and follow it, over ${library.name}`, {
    skip: withoutRedis || library.missing,
  }, async () => {
    await using server = await RedisServer.start();
    using redis = await library.open(server.url);
    await putDocument(redis.calls, shopFlags(true));
    await using client = await reading({ client: redis.client });
    assert.equal(isOn(client), true);
    const status = nextUpdate(client);
    await putDocument(redis.calls, shopFlags(false));
    await status;
    assert.equal(isOn(client), false);
    // A large one is compressed.
    const update = nextUpdate(client);
    await putDocument(redis.calls, shopFlags(true, "ballast ".repeat(100_000)));
    await update;
    assert.equal(isOn(client), true);
    assert.ok(
      String((await redis.calls.hmget("flipt:{default/shop}:document", ["data"]))[0]).length < 10_000,
    );
  });

  test(`a client reads again when Redis is back, over ${library.name}`, {
    skip: withoutRedis || library.missing,
  }, async () => {
    const server = await RedisServer.start();
    using redis = await library.open(server.url);
    await putDocument(redis.calls, shopFlags(true));
    // Nothing but the connection that is there again makes it read.
    await using client = await reading({ client: redis.client, updateInterval: 3_600 });
    await server.kill();
    assert.equal(isOn(client), true);
    const update = nextUpdateAfterErrors(client);
    await using _ = await RedisServer.start(server.port);
    using writer = await nodeRedis.open(server.url);
    await putDocument(writer.calls, shopFlags(false), { floor: 1_000 });
    await update;
    assert.equal(isOn(client), false);
    // And it is subscribed again.
    const next = nextUpdateAfterErrors(client);
    await putDocument(writer.calls, shopFlags(true));
    await next;
    assert.equal(isOn(client), true);
  });
}

test("what is wrong with the options is said", () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /redisSource\(\) takes an object of options, but was given undefined/],
    [{}, /client must be a client of node-redis, ioredis or Bun/],
    [{ client: {} }, /client must be a client of node-redis/],
    [
      { client: { hmGet() {} }, prefx: "a" },
      /unknown option "prefx" of redisSource\(\); did you mean "prefix"\?/,
    ],
    [{ client: { hmGet() {} }, subscriber: {} }, /subscriber must be a client of node-redis/],
    [{ client: { hmGet() {} }, prefix: "" }, /prefix of redisSource\(\) cannot be empty$/],
    [{ client: { hmGet() {} }, updateInterval: 0 }, /updateInterval of redisSource\(\) must be a number/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => redisSource(options as RedisSourceOptions), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("without a document the error says what to look at", { skip: withoutRedis }, async () => {
  await using server = await RedisServer.start();
  using redis = await ioredis.open(server.url);
  const source = redisSource({ client: redis.client, environment: "live" });
  const { signal } = new AbortController();
  await assert.rejects(source.load({ namespace: "shop", signal }), (error) => {
    assert.ok(error instanceof FetchError && error.retryable);
    assert.match(
      error.message,
      /no flags of the namespace "shop" in the environment "live" \(key flipt:\{live\/shop\}:document\)/,
    );
    return true;
  });
});

test("what does not parse, or was not written whole, is not taken", { skip: withoutRedis }, async () => {
  await using server = await RedisServer.start();
  using redis = await nodeRedis.open(server.url);
  await putDocument(redis.calls, shopFlags(true));
  await using client = await reading({ client: redis.client });
  let failed = nextError(client);
  await putDocument(redis.calls, new TextEncoder().encode("<html>"));
  assert.match((await failed).message, /not a valid document/);
  assert.equal(isOn(client), true);
  failed = nextError(client);
  const set = "redis.call('HSET', KEYS[1], 'version', '99', unpack(ARGV)) return redis.call('PUBLISH', '" +
    "flipt:{default/shop}:changes', '99')";
  const key = ["flipt:{default/shop}:document"];
  await redis.calls.eval(set, key, ["size", "5000", "encoding", "gzip", "data", "H4sIAAAAAAAAA0vMBQAg"]);
  assert.match(
    (await failed).message,
    /document in the Redis key .* cannot be read: it cannot be decompressed/,
  );
  assert.equal(isOn(client), true);
  const update = nextUpdate(client);
  await putDocument(redis.calls, shopFlags(false));
  await update;
  assert.equal(isOn(client), false);
});

test("no message has a password in it", { skip: withoutRedis }, async () => {
  await using server = await RedisServer.start(undefined, "--requirepass", "right-secret");
  const { Redis } = await import("ioredis");
  const client = new Redis(`redis://:wrong-secret@127.0.0.1:${server.port}`, { retryStrategy: () => null });
  const shown: unknown[] = [];
  client.on("error", () => {});
  await assert.rejects(reading({ client }), (error) => {
    shown.push(error);
    return error instanceof FetchError;
  });
  const { inspect } = await import("node:util");
  const text = inspect(shown, { depth: 20 });
  assert.match(text, /WRONGPASS|NOAUTH|Connection is closed/);
  assert.doesNotMatch(text, /wrong-secret|right-secret/);
  client.disconnect();
});

test("a Redis that cannot be reached is told of with the key that was to be read", async () => {
  const { Redis } = await import("ioredis");
  const port = await freePort();
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => null });
  client.on("error", () => {});
  const source = redisSource({ client });
  const { signal } = new AbortController();
  await assert.rejects(source.load({ namespace: "shop", signal }), /the Redis key .* could not be read: /);
  client.disconnect();
});

test("Redis that refuses SUBSCRIBE is told of once, and changes come by comparing", {
  skip: withoutRedis,
}, async () => {
  const acl = ["--user", "default", "on", "nopass", "~*", "resetchannels", "+@all"];
  await using server = await RedisServer.start(undefined, ...acl);
  using redis = await ioredis.open(server.url);
  const set = (a: boolean, version: number): Promise<unknown> => {
    const parameters = [
      String(version),
      `d${version}`,
      String(shopFlags(a).length),
      new TextDecoder().decode(shopFlags(a)),
    ];
    const script =
      "return redis.call('HSET', KEYS[1], 'version', ARGV[1], 'digest', ARGV[2], 'size', ARGV[3], " +
      "'data', ARGV[4], 'encoding', 'json')";
    return redis.calls.eval(script, ["flipt:{default/shop}:document"], parameters);
  };
  await set(true, 1);
  await using client = await reading({ client: redis.client, updateInterval: 0.2 });
  assert.match((await nextError(client)).message, /cannot be followed.*every 0\.2 s only.*NOPERM/);
  const update = nextUpdateAfterErrors(client);
  await set(false, 2);
  await update;
  assert.equal(isOn(client), false);
});

test("closing the client ends the subscription, and leaves the user's own client open", {
  skip: withoutRedis,
}, async () => {
  await using server = await RedisServer.start();
  for (const library of [nodeRedis, ioredis]) {
    using redis = await library.open(server.url);
    using subscriber = await library.open(server.url);
    await putDocument(redis.calls, shopFlags(true));
    const channels = (): Promise<unknown> =>
      redis.calls.eval("return #redis.call('PUBSUB', 'CHANNELS')", [], []);
    for (const own of [undefined, subscriber.client]) {
      const client = await reading({ client: redis.client, subscriber: own });
      while (await channels() !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
      await client[Symbol.asyncDispose]();
      while (await channels() !== 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await putDocument(subscriber.calls, shopFlags(false));
  }
});

test(
  "while Redis is gone the client answers, and status and events tell of it",
  { skip: withoutRedis },
  async () => {
    const { createClient } = await import("redis");
    await using server = await RedisServer.start();
    using writer = await ioredis.open(server.url);
    await putDocument(writer.calls, shopFlags(true));
    const redis = createClient({ url: server.url, disableOfflineQueue: true }).on("error", () => {});
    await redis.connect();
    await using client = await reading({ client: redis, updateInterval: 0.3 });
    const failed = nextError(client);
    await server.kill();
    assert.match(
      (await failed).message,
      /^the Redis key flipt:\{default\/shop\}:document could not be read: /,
    );
    assert.equal(isOn(client), true);
    const { state, consecutiveFailures, ageSeconds, lastError } = client.status;
    assert.equal(state, "ready");
    assert.ok(consecutiveFailures > 0 && ageSeconds !== undefined && lastError instanceof FetchError);
    // It is tried again without anybody asking.
    await nextError(client);
    assert.ok(client.status.consecutiveFailures > consecutiveFailures);
    redis.destroy();
  },
);

test(
  "a client without duplicate() needs a subscriber, which is said once",
  { skip: withoutRedis },
  async () => {
    await using server = await RedisServer.start();
    using redis = await ioredis.open(server.url);
    await putDocument(redis.calls, shopFlags(true));
    const hmGet = (key: string, fields: string[]): Promise<unknown> => redis.calls.hmget(key, fields);
    await using client = await reading({ client: { hmGet }, updateInterval: 0.2 });
    const messages: string[] = [];
    client.on("error", ({ message }) => messages.push(message));
    assert.match(
      (await nextError(client)).message,
      /every 0\.2 s only: the client has no duplicate\(\): give the option/,
    );
    const update = nextUpdateAfterErrors(client);
    await putDocument(redis.calls, shopFlags(false));
    await update;
    assert.equal(isOn(client), false);
  },
);
