// Relays that write to a real Redis: who leads, and that what is written never goes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { FliptClient } from "../../mod.ts";
import type { Clock } from "../../core/clock.ts";
import { systemClock } from "../../ffi/system_clock.ts";
import { Hub } from "../../relay/hub.ts";
import { RedisWriter } from "../../relay/redis_writer.ts";
import { digestOf } from "../../relay/held_document.ts";
import { flagDocument } from "../../testing/mod.ts";
import { redisSource } from "../../store/redis.ts";
import { isOn, nextUpdate, soon } from "../support/file_clients.ts";
import { adminOf, freePort, missingRedis, RedisServer } from "../support/redis.ts";
import { ioredis, LIBRARIES, shopFlags } from "../support/redis_clients.ts";
import { DOCUMENT_KEY, TestWriter } from "../support/redis_writers.ts";
import { ManualClock } from "../support/runtime.ts";

const skip = missingRedis();
const [ON, OFF] = [shopFlags(true), shopFlags(false)];

function digest(document: Uint8Array): string {
  return digestOf(document, undefined);
}

for (const library of LIBRARIES) {
  test(`a relay writes what it holds, and clients see it, over ${library.name}`, {
    skip: skip || library.missing,
  }, async () => {
    await using server = await RedisServer.start();
    await using relay = await TestWriter.start(server.url, { document: ON, library });
    await relay.is("leader");
    await relay.stored();
    using redis = await library.open(server.url);
    const source = redisSource({ client: redis.client });
    await using client = await FliptClient.init({ source, namespace: "shop", engine: "portable" });
    assert.equal(isOn(client), true);
    const update = nextUpdate(client);
    relay.give(OFF);
    await update;
    assert.equal(isOn(client), false);
    assert.deepEqual(relay.errors, []);
    assert.equal(relay.writer.counts.writes, 2);
  });
}

test("one of several relays leads, and hands over when it is closed", { skip }, async () => {
  await using server = await RedisServer.start();
  await using first = await TestWriter.start(server.url, { document: ON, leaseSeconds: 60 });
  await first.is("leader");
  const { version } = await first.stored();
  await using second = await TestWriter.start(server.url, { document: ON, leaseSeconds: 60 });
  await first.writer.close();
  // Long before the lease would have ended.
  await second.is("leader");
  assert.deepEqual(first.roles, ["leader"]);
  second.give(OFF);
  assert.ok((await second.stored(({ digest: each }) => each === digest(OFF))).version > version);
});

test("a relay takes over from one that is gone without a word", { skip }, async () => {
  await using server = await RedisServer.start();
  await using first = await TestWriter.start(server.url, { document: ON, leaseSeconds: 0.6 });
  await first.is("leader");
  const { version } = await first.stored();
  await using second = await TestWriter.start(server.url, { document: ON, leaseSeconds: 0.6 });
  first.drop();
  await second.is("leader");
  second.give(OFF);
  assert.ok((await second.stored(({ digest: each }) => each === digest(OFF))).version > version);
  assert.equal(first.writer.role, "follower");
});

test(
  "a leader that does not know that another one leads writes nothing",
  { skip },
  async () => {
    await using server = await RedisServer.start();
    const clock = new ManualClock();
    await using frozen = await TestWriter.start(server.url, { document: ON, clock, leaseSeconds: 0.6 });
    await frozen.is("leader");
    await frozen.stored();
    // Its clock stands still, so that it still believes to lead when another one does.
    await using other = await TestWriter.start(server.url, { document: OFF, leaseSeconds: 0.6 });
    await other.is("leader");
    other.give(OFF);
    const { version } = await other.stored(({ digest: each }) => each === digest(OFF));
    assert.equal(frozen.writer.role, "leader");
    frozen.give(shopFlags(true, "late"));
    while (frozen.writer.counts.refused_writes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(frozen.writer.role, "follower");
    assert.deepEqual(await other.stored(), { version, digest: digest(OFF) });
  },
);

test(
  "a new leader does not write what is older than what is there, until it is confirmed",
  { skip },
  async () => {
    await using server = await RedisServer.start();
    await using first = await TestWriter.start(server.url, { document: OFF, leaseSeconds: 0.6 });
    await first.is("leader");
    const { version } = await first.stored();
    await using second = await TestWriter.start(server.url, { leaseSeconds: 0.6 });
    second.give(ON, Date.now() - 60_000);
    await first.writer.close();
    await second.is("leader");
    assert.deepEqual(await second.stored(), { version, digest: digest(OFF) });
    second.give(ON);
    await second.stored(({ digest: each }) => each === digest(ON));
    assert.equal(second.writer.counts.writes, 1);
  },
);

test(
  "of 500 changes in a row the last one is there, and none comes after a newer one",
  { skip },
  async () => {
    await using server = await RedisServer.start();
    const numbered = (number: number): Uint8Array =>
      new TextEncoder().encode(JSON.stringify(flagDocument({ [`n-${number}`]: true }, "shop")));
    await using relay = await TestWriter.start(server.url, { document: numbered(0) });
    await relay.stored();
    using redis = await ioredis.open(server.url);
    const source = redisSource({ client: redis.client, updateInterval: 3_600 });
    await using client = await FliptClient.init({ source, namespace: "shop", engine: "portable" });
    const seen: number[] = [];
    const last = new Promise<void>((resolve) => {
      client.on("update", () => {
        seen.push(Number(client.listFlags()[0]?.key.slice(2)));
        if (seen.at(-1) === 500) resolve();
      });
    });
    for (let number = 1; number <= 500; number++) {
      relay.give(numbered(number));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await soon(last);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.deepEqual(relay.errors, []);
  },
);

test("a relay that was frozen for longer than a lease does not lead for another one", { skip }, async () => {
  await using server = await RedisServer.start();
  let frozenMs = 0;
  const clock: Clock = { ...systemClock, elapsed: () => systemClock.elapsed() + frozenMs };
  await using relay = await TestWriter.start(server.url, { document: ON, clock, leaseSeconds: 0.6 });
  await relay.is("leader");
  await relay.stored();
  frozenMs = 10_000;
  assert.equal(relay.writer.role, "follower");
  // As of a stream in which it waited.
  relay.give(OFF);
  await relay.is("leader");
  assert.deepEqual(relay.roles, ["leader", "follower", "leader"]);
  await relay.stored(({ digest: each }) => each === digest(OFF));
});

test("after FLUSHALL the leader writes again, with a higher version", { skip }, async () => {
  await using server = await RedisServer.start();
  await using relay = await TestWriter.start(server.url, { document: ON, leaseSeconds: 0.6 });
  await relay.is("leader");
  const { version } = await relay.stored();
  await relay.calls.eval("return redis.call('FLUSHALL')", [], []);
  const again = await relay.stored((stored) => stored.version !== version);
  assert.ok(again.version > version);
  assert.equal(again.digest, digest(ON));
});

test(
  "after a backup is restored the newest document is there again, with a higher version",
  { skip },
  async () => {
    await using server = await RedisServer.start();
    await using relay = await TestWriter.start(server.url, { document: ON, leaseSeconds: 0.6 });
    await relay.is("leader");
    await relay.stored();
    const fields = await relay.calls.eval(
      "return redis.call('HGETALL', KEYS[1])",
      [DOCUMENT_KEY],
      [],
    ) as string[];
    relay.give(OFF);
    const { version } = await relay.stored(({ digest: each }) => each === digest(OFF));
    const restore = "redis.call('FLUSHALL') return redis.call('HSET', KEYS[1], unpack(ARGV))";
    await relay.calls.eval(restore, [DOCUMENT_KEY], fields);
    const again = await relay.stored((stored) => stored.version > version);
    assert.equal(again.digest, digest(OFF));
  },
);

test("versions rise though the clock of the relay is set back", { skip }, async () => {
  await using server = await RedisServer.start();
  const clock = new ManualClock();
  await using relay = await TestWriter.start(server.url, { document: ON, clock, leaseSeconds: 60 });
  await relay.is("leader");
  const before = await relay.stored();
  assert.equal(before.version, clock.now());
  clock.set = -3_600_000;
  relay.give(OFF);
  const after = await relay.stored(({ digest: each }) => each === digest(OFF));
  assert.equal(after.version, before.version + 1);
});

test(
  "what relays keep in Redis is three keys, with a slot of its own for each namespace",
  { skip },
  async () => {
    await using server = await RedisServer.start();
    await using relay = await TestWriter.start(server.url, { document: ON });
    await relay.stored();
    using redis = await ioredis.open(server.url);
    const keys = await redis.calls.eval("return redis.call('KEYS', '*')", [], []) as string[];
    assert.deepEqual(keys.sort(), [DOCUMENT_KEY, "flipt:{relay}:fence", "flipt:{relay}:lease"]);
  },
);

test("a lease that is none is refused", () => {
  for (const leaseSeconds of [0, -1, NaN, Infinity]) {
    const parts = { client: { hmGet() {} }, leaseSeconds, hub: new Hub(), clock: new ManualClock() };
    assert.throws(() => new RedisWriter(parts), { name: "ValidationError", message: /^the lease must be/ });
  }
});

test("a writer that cannot reach Redis tells of it, and closes all the same", async () => {
  const { Redis } = await import("ioredis");
  const client = new Redis(await freePort(), "127.0.0.1", { retryStrategy: () => null });
  const failed = Promise.withResolvers<Error>();
  const parts = { client, hub: new Hub(), clock: systemClock, onError: failed.resolve };
  const writer = new RedisWriter(parts);
  writer.start();
  assert.match((await soon(failed.promise)).message, /^the relay could not use Redis: ./);
  assert.equal(writer.role, "follower");
  assert.equal(writer.counts.failures, 1);
  await writer.close();
  client.disconnect();
});

test("relays and clients need no more rights than the documentation says", { skip }, async () => {
  const keys = ["~flipt:*", "&flipt:*", "+@connection", "+info"];
  const scripted = ["get", "set", "del", "pttl", "hmget", "hset", "publish", "time"].map((name) =>
    `+${name}`
  );
  await using server = await RedisServer.start();
  using admin = await adminOf(server.url);
  await admin.execute("ACL", "SETUSER", "reader", "on", ">pass", ...keys, "+hmget", "+subscribe");
  await admin.execute("ACL", "SETUSER", "relay", "on", ">pass", ...keys, "+eval", "+subscribe", ...scripted);
  const urlOf = (user: string): string => server.url.replace("//", `//${user}:pass@`);
  const reader = await ioredis.open(urlOf("reader"));
  using relayClient = await ioredis.open(urlOf("relay"));
  const hub = new Hub();
  const failures: Error[] = [];
  const give = (document: Uint8Array): void =>
    hub.set({
      environment: "default",
      namespace: "shop",
      document,
      digest: digest(document),
      receivedAtMs: Date.now(),
    });
  give(ON);
  const parts = {
    client: relayClient.client,
    hub,
    clock: systemClock,
    onError: (error: Error) => failures.push(error),
  };
  const writer = new RedisWriter(parts);
  writer.start();
  while (writer.counts.writes === 0 && failures.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const source = redisSource({ client: reader.client });
  await using client = await FliptClient.init({ source, namespace: "shop", engine: "portable" });
  const update = nextUpdate(client);
  give(OFF);
  await update;
  await writer.close();
  assert.equal(await admin.execute("GET", "flipt:{relay}:lease"), null);
  assert.deepEqual(failures, []);
  await client[Symbol.asyncDispose]();
  reader[Symbol.dispose]();
});
