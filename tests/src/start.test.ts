// Starting: from a snapshot, from a store, from the server or from nothing, and how a signal ends it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError, EngineError, FetchError, FliptClient } from "../../mod.ts";
import { initClient } from "../../src/client.ts";
import { booleanDocument, CountingEngine, ManualClock, testClient } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { failing, fetchShop, shop } from "../support/shop_client.ts";

test("a snapshot lets a client start without a server, under fallback", async () => {
  const { client: online } = await shop();
  const snapshot = online.getSnapshot();
  const { client: offline } = await shop({ snapshot, errorStrategy: "fallback", fetcher: failing });
  const context = { country: "NL", consent: "yes", orders: 3 };
  for (let index = 0; index < 50; index++) {
    const { variantKey } = online.evaluateVariant("checkout-flow", `user-${index}`, context);
    assert.equal(offline.evaluateVariant("checkout-flow", `user-${index}`, context).variantKey, variantKey);
  }
  assert.equal(offline.getSnapshot(), snapshot);
  online.close();
  offline.close();
});

test("a snapshot gives way to the first fetch, which is a change", async () => {
  const { client: online } = await shop();
  let available = false;
  const fetcher = (): Promise<Response> =>
    available ? Promise.resolve(Response.json(booleanDocument("shop", "new", true))) : failing();
  const { client, engine } = await shop({
    snapshot: online.getSnapshot(),
    errorStrategy: "fallback",
    fetcher,
  });
  assert.equal(client.listFlags().length, 8);
  available = true;
  assert.equal(await client.refresh(), true);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["new"]);
  assert.equal(engine.alive, 1);
  client.close();
  online.close();
});

test("with initialFetch: false a client starts from a snapshot without a request, and is refreshed when asked", async () => {
  const { client: online } = await shop();
  let requests = 0;
  const fetcher = (): Promise<Response> => {
    requests++;
    return Promise.resolve(Response.json(booleanDocument("shop", "new", true)));
  };
  const { client } = await shop({ snapshot: online.getSnapshot(), initialFetch: false, fetcher });
  assert.equal(requests, 0);
  assert.equal(client.listFlags().length, 8);
  assert.deepEqual([client.status.state, client.status.lastSuccess], ["ready", undefined]);
  assert.equal(await client.refresh(), true);
  assert.equal(requests, 1);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["new"]);
  client.close();
  online.close();
});

test("with initialFetch: false the store's state comes before the snapshot, and without any state there is a fetch", async () => {
  const { client: online } = await shop();
  const snapshot = online.getSnapshot();
  const saved = await shop({
    fetcher: () => Promise.resolve(Response.json(booleanDocument("shop", "saved", true))),
  });
  let requests = 0;
  const fetcher = (): Promise<Response> => {
    requests++;
    return Promise.resolve(Response.json(booleanDocument("shop", "fetched", true)));
  };
  for (
    const [held, key, fetches] of [[saved.client.getSnapshot(), "saved", 0], [
      undefined,
      "fetched",
      1,
    ]] as const
  ) {
    requests = 0;
    const store = { load: () => Promise.resolve(held), save: () => Promise.resolve() };
    const { client } = await shop({ initialFetch: false, store, fetcher, ...(held && { snapshot }) });
    assert.deepEqual(client.listFlags().map((flag) => flag.key), [key]);
    assert.equal(requests, fetches);
    client.close();
  }
  saved.client.close();
  online.close();
});

test("with initialFetch: false and nothing to start from, a failing fetch rejects init under fail", async () => {
  const store = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  await assert.rejects(shop({ initialFetch: false, store, fetcher: failing }), FetchError);
});

test("under fail, the first fetch must succeed also where there is a snapshot", async () => {
  const { client } = await shop();
  const engine = new CountingEngine();
  const options = { namespace: "shop", snapshot: client.getSnapshot(), fetcher: failing };
  await assert.rejects(testClient(options, new ManualClock(), engine), FetchError);
  assert.deepEqual([engine.compiled, engine.alive], [1, 0]);
  client.close();
});

test("a snapshot that cannot be used rejects init with either strategy, and nothing is fetched", async () => {
  const { client } = await shop();
  const other = await testClient({
    updateInterval: 0,
    namespace: "other",
    fetcher: () => Promise.resolve(Response.json(booleanDocument("other", "a", true))),
  });
  let fetched = 0;
  const fetcher = (): Promise<Response> => {
    fetched++;
    return fetchShop();
  };
  const snapshots = ["@@@", btoa("{}"), btoa("no json"), other.client.getSnapshot()];
  for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
    for (const snapshot of snapshots) {
      await assert.rejects(shop({ snapshot, errorStrategy, fetcher }), DocumentError);
    }
  }
  assert.equal(fetched, 0);
  client.close();
  other.client.close();
});

test("under fallback without any state, every flag is unknown, the list is empty and there is no snapshot", async () => {
  const { client } = await shop({ errorStrategy: "fallback", fetcher: failing });
  const unknown = {
    name: "EvaluationError",
    message: "invalid request: failed to get flag information shop/dark-mode: " +
      "no flags have been fetched yet (the custom fetcher failed: no route (4 attempts in 0.0 s))",
  };
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), unknown);
  assert.throws(() => client.evaluateVariant("dark-mode", "e"), unknown);
  assert.deepEqual(client.listFlags(), []);
  const { responses } = client.evaluateBatch([{ flagKey: "dark-mode", entityId: "e" }]);
  assert.equal(responses[0]?.type, "ERROR_EVALUATION_RESPONSE_TYPE");
  assert.throws(() => client.getSnapshot(), /^EvaluationError: there is no flag state to take a snapshot of/);
  client.close();
});

test("under fail, init rejects when the first fetch fails, and leaves nothing behind", async () => {
  const clock = new ManualClock();
  const engine = new CountingEngine();
  await assert.rejects(testClient({ fetcher: failing }, clock, engine), FetchError);
  assert.deepEqual([clock.timers.length, engine.alive, engine.open], [0, 0, 0]);
});

test("the engine is told, and one that cannot be had is an error", async () => {
  using client = await FliptClient.init({ namespace: "shop", engine: "portable", fetcher: fetchShop });
  assert.equal(client.engine.kind, "portable");
  await assert.rejects(
    FliptClient.init({ engine: "flipt-engine-ffi", libraryPath: "/nowhere/lib.so", fetcher: fetchShop }),
    EngineError,
  );
});

test("an aborted signal ends init with its reason, before anything is done", async () => {
  const reason = new Error("not needed any more");
  let fetched = 0;
  const fetcher = (): Promise<Response> => {
    fetched++;
    return fetchShop();
  };
  await assert.rejects(shop({ signal: AbortSignal.abort(reason), fetcher }), (error) => error === reason);
  assert.equal(fetched, 0);
});

test("a signal ends init while it fetches, with every strategy", async () => {
  for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
    await using server = await FliptServer.start();
    server.answerAlways({ hang: "head" });
    const controller = new AbortController();
    const clock = new ManualClock();
    const options = { url: server.url, errorStrategy, signal: controller.signal };
    const pending = testClient(options, clock);
    await server.received(1);
    controller.abort();
    await assert.rejects(pending, { name: "AbortError" });
    assert.deepEqual(clock.timers, []);
  }
});

test("a signal ends init while the engine loads or compiles", async () => {
  const controller = new AbortController();
  const loading = initClient({ signal: controller.signal }, {
    clock: new ManualClock(),
    chooseEngine: () => new Promise(() => {}),
  });
  controller.abort();
  await assert.rejects(loading, { name: "AbortError" });

  const second = new AbortController();
  const engine = new CountingEngine();
  let open: (() => void) | undefined;
  engine.gate = new Promise((resolve) => open = resolve);
  const options = { namespace: "shop", updateInterval: 0, fetcher: fetchShop, signal: second.signal };
  const compiling = testClient(options, new ManualClock(), engine);
  while (engine.open === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  second.abort();
  await assert.rejects(compiling, { name: "AbortError" });
  open?.();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([engine.alive, engine.open], [0, 0]);
});

test("a signal that is aborted after init is of no effect", async () => {
  const controller = new AbortController();
  const { client } = await shop({ signal: controller.signal });
  controller.abort();
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  assert.equal(typeof await client.refresh(), "boolean");
  client.close();
});
