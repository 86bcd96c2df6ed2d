// A start that is bounded: what answers at the end of the budget, and that fetching goes on behind.

import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import {
  type ClientOptions,
  type ErrorStrategy,
  EvaluationError,
  FetchError,
  FliptClient,
  type SnapshotStore,
  ValidationError,
} from "../../mod.ts";
import {
  booleanDocument,
  CountingEngine,
  createdClient,
  ManualClock,
  testClient,
} from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { failing } from "../support/shop_client.ts";

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);
const STRATEGIES: readonly ErrorStrategy[] = ["fail", "fallback", "strict"];

async function snapshotOf(document: typeof on): Promise<string> {
  const { client } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(document)),
  });
  using open = client;
  return open.getSnapshot();
}

function storeOf(text: string | undefined): SnapshotStore {
  return { load: () => Promise.resolve(text), save: () => Promise.resolve() };
}

/** A clock on which every wait takes its time. */
function slowClock(): ManualClock {
  const clock = new ManualClock();
  clock.skipped = 0;
  return clock;
}

/** A server that answers nothing until it is told to. */
async function hangingServer(): Promise<FliptServer> {
  const server = await FliptServer.start();
  server.setDocument("shop", off);
  server.answerOnce({ hang: "head" });
  return server;
}

// Defaults write lines.
before(() => void mock.method(console, "warn", () => {}));
after(() => mock.restoreAll());

/** What is at hand, by what a client then says of itself. */
const atHand: readonly [name: string, options: () => Promise<ClientOptions>, outcome: string][] = [
  ["a snapshot", async () => ({ snapshot: await snapshotOf(on) }), "stored"],
  ["a store", async () => ({ store: storeOf(await snapshotOf(on)) }), "stored"],
  ["an empty store", () => Promise.resolve({ store: storeOf(undefined) }), "defaults"],
  ["nothing", () => Promise.resolve({}), "defaults"],
];

for (const errorStrategy of STRATEGIES) {
  for (const [name, more, outcome] of atHand) {
    test(`under ${errorStrategy}, a hanging server holds init no longer than its budget, with ${name}`, async () => {
      await using server = await hangingServer();
      const clock = slowClock();
      const options: ClientOptions = {
        url: server.url,
        namespace: "shop",
        errorStrategy,
        defaults: { a: true },
        startTimeout: 3,
        ...await more(),
      };
      const pending = testClient(options, clock);
      await server.received(1);
      clock.advance((await clock.waiting(({ millis }) => millis === 3_000)).millis);
      const { client } = await pending;
      assert.equal(client.isEnabled("a", "e"), true);
      assert.equal(client.details("a", "e").usedDefault, outcome === "defaults");
      const updated = new Promise((resolve) => client.on("update", resolve));
      // The request of the start is given up for silence, and another one brings the flags.
      clock.advance(27_000);
      clock.advance((await clock.waiting(({ millis }) => millis < 2_000)).millis);
      await updated;
      assert.equal(client.isEnabled("a", "e"), false);
      assert.equal(await client.ready(), "fresh");
      client.close();
    });
  }
}

test("init with a budget is over as soon as the flags are there", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", on);
  const clock = slowClock();
  const { client } = await testClient({ url: server.url, namespace: "shop", startTimeout: 3 }, clock);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.ok(clock.timers.every(({ background }) => background));
  client.close();
});

test("init with a budget ends at once when the first attempt fails and a state is at hand", async () => {
  const clock = slowClock();
  const options = { namespace: "shop", fetcher: failing, startTimeout: 60, snapshot: await snapshotOf(on) };
  const { client } = await testClient(options, clock);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.equal(await client.ready(), "stored");
  client.close();
});

test("a budget of no time at all answers from what is at hand", async () => {
  const clock = slowClock();
  const pending = testClient(
    { namespace: "shop", fetcher: failing, startTimeout: 0, defaults: { a: true } },
    clock,
  );
  const { client } = await pending;
  assert.equal(client.isEnabled("a", "e"), true);
  client.close();
});

test("a client is there at once, and says when it is fresh", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", on);
  const { client } = createdClient({ url: server.url, namespace: "shop", defaults: { a: false } });
  assert.equal(client.isEnabled("a", "e"), false);
  assert.equal(client.details("a", "e").errorCode, "NOT_READY");
  assert.equal(client.status.state, "initializing");
  assert.match(client.engine.reason ?? "", /await client\.ready\(\)/);
  assert.equal(await client.ready(), "fresh");
  assert.equal(client.isEnabled("a", "e"), true);
  assert.equal(client.engine.reason, undefined);
  client.close();
});

for (const [name, more, outcome] of atHand) {
  test(`a created client is ready from ${name} while the server hangs, and fresh later`, async () => {
    await using server = await hangingServer();
    const clock = slowClock();
    const { client } = createdClient({ url: server.url, namespace: "shop", ...await more() }, clock);
    await server.received(1);
    const ready = client.ready({ timeout: 2 });
    clock.advance((await clock.waiting(({ millis, background }) => millis === 2_000 && !background)).millis);
    assert.equal(await ready, outcome);
    const fresh = client.ready({ timeout: 100 });
    clock.advance(28_000);
    clock.advance((await clock.waiting(({ millis }) => millis < 2_000)).millis);
    assert.equal(await fresh, outcome === "stored" ? "stored" : "fresh");
    client.close();
  });
}

test("a created client polls on after a start that failed, whatever the strategy", async () => {
  for (const errorStrategy of STRATEGIES) {
    for (const updateInterval of [0, 60]) {
      let isUp = false;
      const fetcher = (): Promise<Response> => isUp ? Promise.resolve(Response.json(on)) : failing();
      const clock = new ManualClock();
      const { client } = createdClient({ namespace: "shop", fetcher, errorStrategy, updateInterval }, clock);
      const errors: Error[] = [];
      client.on("error", (error) => errors.push(error));
      for (;;) {
        clock.advance((await clock.waiting(({ background }) => background)).millis);
        if (errors.length > 0) break;
      }
      assert.equal(await client.ready(), "defaults");
      assert.equal(client.status.state, "failed");
      isUp = true;
      const updated = new Promise((resolve) => client.on("update", resolve));
      clock.advance((await clock.polling()).millis);
      await updated;
      assert.equal(await client.ready(), "fresh");
      assert.equal(client.evaluateBoolean("a", "e").enabled, true);
      client.close();
    }
  }
});

test("ready rejects only if it is asked to, with what went wrong", async () => {
  const clock = new ManualClock();
  const { client } = createdClient({ namespace: "shop", fetcher: failing, updateInterval: 0 }, clock);
  const rejected = assert.rejects(client.ready({ timeout: 3, orThrow: true }), {
    name: "EvaluationError",
    code: "NOT_READY",
    message: "there is no flag state after 3 s: the first fetch is still in progress",
  });
  clock.advance((await clock.waiting(({ millis }) => millis === 3_000)).millis);
  await rejected;
  for (const [timeout, what] of [[-1, "-1"], [NaN, "NaN"], ["5", "a string"]] as const) {
    await assert.rejects(client.ready({ timeout: timeout as number }), {
      name: "ValidationError",
      message: `timeout must be 0 or a positive number of seconds, but is ${what}`,
    });
  }
  client.close();
  assert.equal(await client.ready(), "defaults");
  await assert.rejects(client.ready({ orThrow: true }), { code: "NOT_READY" });
  const another = createdClient({ namespace: "shop", fetcher: failing, updateInterval: 0 }).client;
  const closed = assert.rejects(another.ready({ orThrow: true }), {
    name: "EvaluationError",
    message: "the client is closed; make a new one with FliptClient.init()",
  });
  another.close();
  await closed;
  assert.equal(await another.ready(null as never), "defaults");
});

test("ready tells what attempts failed with while others are still to come", async () => {
  const clock = new ManualClock();
  const { client } = createdClient({ namespace: "shop", fetcher: failing, updateInterval: 0 }, clock);
  const first = await clock.waiting(({ millis }) => millis < 3_000);
  const rejected = assert.rejects(client.ready({ timeout: 3, orThrow: true }), (error: unknown) => {
    assert.ok(error instanceof EvaluationError);
    assert.match(error.message, /^there is no flag state after 3 s: /);
    assert.doesNotMatch(error.message, /still in progress/);
    assert.ok(error.cause instanceof FetchError);
    assert.ok(error.message.endsWith(error.cause.message));
    return true;
  });
  assert.ok(first.millis > 0);
  clock.advance((await clock.waiting(({ millis }) => millis === 3_000)).millis);
  await rejected;
  client.close();
});

test("a snapshot that cannot be read does not keep a created client from its flags", async () => {
  const errors: Error[] = [];
  const { client } = createdClient({
    namespace: "shop",
    snapshot: "nonsense",
    fetcher: () => Promise.resolve(Response.json(on)),
  });
  client.on("error", (error) => errors.push(error));
  assert.equal(await client.ready(), "fresh");
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.match(String(errors[0]), /^DocumentError: not a valid snapshot/);
  client.close();
});

test("a created client without its engine has failed, and says why", async () => {
  const client = FliptClient.create({
    namespace: "shop",
    engine: "native",
    libraryPath: "/nowhere/engine.so",
  });
  assert.equal(await client.ready(), "defaults");
  assert.equal(client.status.state, "failed");
  assert.equal(client.status.lastError?.name, "EngineError");
  await assert.rejects(client.refresh(), { name: "EngineError" });
  await assert.rejects(client.ready({ orThrow: true }), {
    name: "EvaluationError",
    cause: client.status.lastError,
  });
  client.close();
  const options = {
    namespace: "shop",
    engine: "native",
    libraryPath: "/nowhere/engine.so",
    startTimeout: 5,
  } as const;
  await assert.rejects(FliptClient.init(options), { name: "EngineError" });
});

test("a refresh of a created client waits for its engine", async () => {
  const engine = new CountingEngine();
  const { client } = createdClient(
    {
      namespace: "shop",
      updateInterval: 0,
      fetcher: () => Promise.resolve(Response.json(on)),
    },
    new ManualClock(),
    engine,
  );
  assert.equal(await client.refresh(), true);
  assert.equal(engine.compiled, 1);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
  assert.equal(engine.alive, 0);
});

test("a client that is closed while it starts leaves nothing behind", async () => {
  await using server = await hangingServer();
  const engine = new CountingEngine();
  const clock = new ManualClock();
  const { client } = createdClient({ url: server.url, namespace: "shop" }, clock, engine);
  await server.received(1);
  await client[Symbol.asyncDispose]();
  assert.equal(await client.ready(), "defaults");
  assert.deepEqual(clock.timers, []);
  assert.equal(engine.alive + engine.open, 0);
  const early = createdClient({ url: server.url, namespace: "shop" }, clock, engine).client;
  early.close();
  assert.equal(await early.ready(), "defaults");
  assert.equal(early.status.state, "closed");
  assert.equal(engine.alive + engine.open, 0);
});

test("options that are wrong throw at once", () => {
  assert.throws(() => FliptClient.create({ startTimeout: -1 }), ValidationError);
  assert.throws(() => FliptClient.create({ bodyTimeout: 0 }), ValidationError);
});
