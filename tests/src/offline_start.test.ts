// How a client starts under "fallback": what is at hand answers at once, and fetching goes on behind it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientOptions, FetchError } from "../../mod.ts";
import { booleanDocument, ManualClock, type ManualTimer, testClient } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);

async function snapshotOf(): Promise<string> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(on));
  const { client } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  using _ = client;
  return client.getSnapshot();
}

/** A clock whose short waits take time, too: what would wait for a retry, waits. */
function slowClock(): ManualClock {
  const clock = new ManualClock();
  clock.skipped = 0;
  return clock;
}

/** Not the rest that a store is given after it was written to. */
function isNoRest({ millis }: ManualTimer): boolean {
  return millis !== 5_000;
}

/** Not the time that a store has to be written to. */
function isNoSave({ millis }: ManualTimer): boolean {
  return millis !== 30_000;
}

/** What a client has at hand, in each of the places. */
async function places(): Promise<[string, Pick<ClientOptions, "snapshot" | "store">][]> {
  const snapshot = await snapshotOf();
  return [
    ["a snapshot", { snapshot }],
    ["a store", { store: { load: () => Promise.resolve(snapshot), save: () => Promise.resolve() } }],
  ];
}

for (const updateInterval of [120, 0]) {
  test(`a start from what is at hand makes one attempt, and goes on behind it: updateInterval ${updateInterval}`, async () => {
    for (const [place, atHand] of await places()) {
      await using server = await FliptServer.start();
      server.setDocument("shop", off);
      server.answerAlways({ status: 503 });
      const options: ClientOptions = { url: server.url, namespace: "shop", errorStrategy: "fallback" };
      const { client, clock } = await testClient({ ...options, ...atHand, updateInterval }, slowClock());
      assert.equal(server.requests.length, 1, place);
      assert.equal(client.evaluateBoolean("a", "e").enabled, true);
      const { state, lastError, consecutiveFailures } = client.status;
      assert.deepEqual([state, consecutiveFailures], ["ready", 1]);
      assert.ok(lastError instanceof FetchError);
      assert.equal(lastError.attempts, 1);
      for (const [retry, wait] of [500, 1_000, 2_000, 4_000].entries()) {
        const timer = await clock.waiting(({ background }) => background);
        assert.deepEqual([timer.millis, timer.background], [wait, true]);
        if (retry === 3) server.answerAlways(undefined);
        const updated = new Promise<void>((resolve) => client.on("update", () => resolve()));
        const failed = new Promise<void>((resolve) => client.on("error", () => resolve()));
        clock.advance(wait);
        await (retry === 3 ? updated : failed);
      }
      assert.equal(client.evaluateBoolean("a", "e").enabled, false);
      assert.equal(server.requests.length, 5);
      if (updateInterval > 0) {
        assert.equal((await clock.waiting((timer) => timer.background && isNoSave(timer))).millis, 120_000);
      } else {
        // What was fetched is there: from now on, only refresh() fetches.
        await client.refresh();
        server.answerAlways({ status: 403 });
        await assert.rejects(client.refresh(), FetchError);
        assert.deepEqual(clock.timers.filter(isNoRest), []);
      }
      client.close();
    }
  });
}

test("a start from what is at hand does not wait for a server that says nothing", async () => {
  for (const [place, atHand] of await places()) {
    await using server = await FliptServer.start();
    server.setDocument("shop", off);
    server.answerOnce({ hang: "head" });
    const options: ClientOptions = { url: server.url, namespace: "shop", errorStrategy: "fallback" };
    const clock = slowClock();
    const pending = testClient({ ...options, ...atHand, requestTimeout: 30 }, clock);
    await server.received(1);
    const timer = await clock.waiting(({ background }) => background);
    assert.equal(timer.millis, 2_000);
    clock.advance(2_000);
    const { client } = await pending;
    assert.equal(client.evaluateBoolean("a", "e").enabled, true, place);
    assert.deepEqual([client.status.state, client.status.consecutiveFailures], ["ready", 0]);
    const failed = new Promise<Error>((resolve) => client.on("error", resolve));
    clock.advance(28_000);
    assert.match((await failed).message, /did not respond within 30 s/);
    const updated = new Promise<void>((resolve) => client.on("update", () => resolve()));
    clock.advance((await clock.waiting(({ millis }) => millis < 1_000)).millis);
    await updated;
    assert.equal(client.evaluateBoolean("a", "e").enabled, false);
    client.close();
  }
});

test("a start that got late is not undone by what the store has", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", off);
  server.answerOnce({ hang: "head" });
  const clock = slowClock();
  const snapshot = await snapshotOf();
  let give = (_: string): void => {};
  const read = new Promise<string>((resolve) => give = resolve);
  let isAsked = (): void => {};
  const asked = new Promise<void>((resolve) => isAsked = resolve);
  const load = (): Promise<string> => {
    isAsked();
    return read;
  };
  const fetched: ((response: Response) => void)[] = [];
  const pending = testClient({
    namespace: "shop",
    errorStrategy: "fallback",
    fetcher: () => new Promise((resolve) => fetched.push(resolve)),
    store: { load, save: () => Promise.resolve() },
  }, clock);
  await clock.waiting(({ millis }) => millis === 2_000);
  clock.advance(2_000);
  await asked;
  fetched[0]?.(Response.json(off));
  // All that the fetch leads to is done before the store gives what it has.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  give(snapshot);
  const { client, engine } = await pending;
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  assert.equal(engine.alive, 1);
  client.close();
});

test("without anything at hand, a start makes all attempts before it goes on without flags", async () => {
  for (
    const store of [undefined, {
      load: () => Promise.resolve(undefined),
      save: () => Promise.resolve(),
    }]
  ) {
    await using server = await FliptServer.start();
    server.answerAlways({ status: 503 });
    const { client } = await testClient({
      url: server.url,
      namespace: "shop",
      errorStrategy: "fallback",
      store,
    });
    assert.equal(server.requests.length, 4);
    assert.equal(client.status.state, "failed");
    assert.deepEqual(client.listFlags(), []);
    client.close();
  }
});

test("a server that answers in time is waited for, and what is at hand does not answer", async () => {
  for (const [place, atHand] of await places()) {
    await using server = await FliptServer.start();
    server.setDocument("shop", off);
    const options: ClientOptions = { url: server.url, namespace: "shop", errorStrategy: "fallback" };
    const { client, clock, engine } = await testClient({ ...options, ...atHand, updateInterval: 0 });
    assert.equal(client.evaluateBoolean("a", "e").enabled, false, place);
    assert.equal(engine.alive, 1);
    assert.deepEqual(clock.timers.filter(isNoRest), []);
    client.close();
  }
});
