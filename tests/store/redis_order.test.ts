// What a client takes from Redis where messages are missed, replicas lag and versions go back, and what its errors say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { redisError } from "../../store/redis_client.ts";
import { versionText } from "../../store/redis_layout.ts";
import { RedisSource } from "../../store/redis_source.ts";
import type { RedisClientLike } from "../../store/redis.ts";
import { ManualClock } from "../support/runtime.ts";

const VERSIONS = 2;

/** A Redis with one document, which counts what it is asked for. */
class FakeRedis {
  /** The fields that were asked for, by their number. */
  readonly asked: number[] = [];
  /** Set while it does not respond: what a library does with commands while there is no connection. */
  queue: (() => void)[] | undefined;
  #version = 1;
  #listener: ((message: string, channel: string) => void) | undefined;

  /** A client of it, as one of node-redis is. */
  readonly client: RedisClientLike = {
    hmGet: (_key: string, fields: string[]) => {
      this.asked.push(fields.length);
      const data = `{"version":${this.#version}}`;
      const { promise, resolve } = Promise.withResolvers<readonly string[]>();
      const respond = (): void =>
        resolve([`${this.#version}`, "d", "json", `${data.length}`, data].slice(0, fields.length));
      if (this.queue === undefined) respond();
      else this.queue.push(respond);
      return promise;
    },
    duplicate: () => this.client,
    connect: () => Promise.resolve(),
    destroy: () => {},
    on: () => {},
    off: () => {},
    listenerCount: () => 1,
    subscribe: (_channel: string, listener: (message: string, channel: string) => void) => {
      this.#listener = listener;
      return Promise.resolve();
    },
  };

  /** Holds another version from now on. */
  hold(version: number): void {
    this.#version = version;
  }

  /** Says that there is a version. */
  publish(version: number): void {
    this.#listener?.(`${version}`, "flipt:{default/shop}:changes");
  }
}

const { signal } = new AbortController();
const version = (number: number): string => versionText({ version: number, digest: "d" });

/** A source over a fake, which is watched; counts how often it says that something may have changed. */
async function watched(): Promise<
  { redis: FakeRedis; clock: ManualClock; source: RedisSource; told: () => number }
> {
  const redis = new FakeRedis();
  const clock = new ManualClock();
  const source = new RedisSource({ client: redis.client, updateInterval: 30 }, clock);
  await source.load({ namespace: "shop", signal });
  const subscribed = Promise.withResolvers<void>();
  let told = 0;
  source.watch(() => {
    told++;
    subscribed.resolve();
  });
  await subscribed.promise;
  return { redis, clock, source, told: () => told };
}

test("what is held already is compared by its version alone, every interval", async () => {
  const { redis, clock, source, told } = await watched();
  const before = told();
  clock.advance(30_000);
  assert.equal(told(), before + 1);
  redis.asked.length = 0;
  assert.deepEqual(await source.load({ namespace: "shop", signal, version: version(1) }), {
    version: version(1),
  });
  assert.deepEqual(redis.asked, [VERSIONS]);
  clock.advance(30_000);
  assert.equal(told(), before + 2);
});

test("a comparison without a response fails after five seconds, and queues no others", async () => {
  const { redis, clock, source } = await watched();
  const compare = (): Promise<unknown> => source.load({ namespace: "shop", signal, version: version(1) });
  redis.asked.length = 0;
  const queue: (() => void)[] = [];
  redis.queue = queue;
  for (let attempt = 0; attempt < 3; attempt++) {
    const late = assert.rejects(compare(), /:document could not be read: no response within 5 s/);
    clock.advance(5_000);
    await late;
  }
  assert.deepEqual(redis.asked, [VERSIONS]);
  // The connection is back: the command that was queued counts, and the next one is of its own.
  const waiting = compare();
  for (const respond of queue) respond();
  redis.queue = undefined;
  assert.deepEqual(await waiting, { version: version(1) });
  assert.deepEqual(await compare(), { version: version(1) });
  assert.deepEqual(redis.asked, [VERSIONS, VERSIONS]);
});

test("what a message announces is read in one round trip", async () => {
  const { redis, source } = await watched();
  redis.hold(2);
  redis.publish(2);
  redis.asked.length = 0;
  const loaded = await source.load({ namespace: "shop", signal, version: version(1) });
  assert.equal(loaded.version, version(2));
  assert.deepEqual(redis.asked, [5]);
});

test("what a replica does not have yet is asked for again, and no more after five seconds", async () => {
  const { redis, clock, source, told } = await watched();
  redis.publish(2);
  const load = async (): Promise<string> =>
    (await source.load({ namespace: "shop", signal, version: version(1) })).version;
  assert.equal(await load(), version(1));
  let before = told();
  clock.advance(20);
  assert.equal(told(), before + 1);
  redis.hold(2);
  assert.equal(await load(), version(2));
  redis.publish(3);
  for (let tries = 0; tries < 20; tries++) {
    await source.load({ namespace: "shop", signal, version: version(2) });
    clock.advance(1_000);
  }
  before = told();
  clock.advance(5_000);
  assert.equal(told(), before);
});

test("a lower version is not taken before it has stayed for an interval", async () => {
  const { redis, clock, source, told } = await watched();
  redis.hold(3);
  const held = version(5);
  const load = async (): Promise<string> =>
    (await source.load({ namespace: "shop", signal, version: held })).version;
  assert.equal(await load(), held);
  clock.advance(29_000);
  assert.equal(await load(), held);
  const before = told();
  clock.advance(1_000);
  assert.ok(told() > before);
  assert.equal(await load(), version(3));
});

test("a lower version that a higher one follows is never taken", async () => {
  const { redis, clock, source } = await watched();
  const load = async (held: number): Promise<string> =>
    (await source.load({ namespace: "shop", signal, version: version(held) })).version;
  redis.hold(3);
  assert.equal(await load(5), version(5));
  clock.advance(29_000);
  redis.hold(6);
  assert.equal(await load(5), version(6));
  redis.hold(4);
  clock.advance(29_000);
  assert.equal(await load(6), version(6));
});

test("nothing is asked, and no timer left, once nobody watches", async () => {
  const redis = new FakeRedis();
  const clock = new ManualClock();
  const source = new RedisSource({ client: redis.client }, clock);
  await source.load({ namespace: "shop", signal });
  const stop = source.watch(() => {});
  const stopOther = source.watch(() => {});
  assert.equal(clock.timers.length, 1);
  stop();
  assert.equal(clock.timers.length, 1);
  stopOther();
  assert.equal(clock.timers.length, 0);
});

test("errors of Redis libraries have a text, and neither passwords nor documents in it", () => {
  class TimeoutError extends Error {}
  const refused = Object.assign(new Error(""), {
    errors: [new Error("connect ECONNREFUSED 127.0.0.1:6379")],
  });
  const withUrl = new Error("cannot connect to rediss://user:s@cret@redis.example.com:6379/0");
  const withCommand = Object.assign(new Error("WRONGPASS"), { command: { name: "auth", args: ["secret"] } });
  const shown: [unknown, string][] = [
    [new TimeoutError(), "TimeoutError without a message"],
    [Object.assign(new Error(""), { code: "EPIPE" }), "EPIPE without a message"],
    [refused, "connect ECONNREFUSED 127.0.0.1:6379"],
    [withUrl, "cannot connect to rediss://***@redis.example.com:6379/0"],
    [withCommand, "WRONGPASS"],
    [new Error("x".repeat(1_000)), `${"x".repeat(300)}…`],
    ["a text", "a text"],
  ];
  for (const [error, text] of shown) {
    const { message, cause } = redisError(error);
    assert.equal(message, text);
    assert.equal(cause, undefined);
  }
});
