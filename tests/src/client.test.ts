// The client's public behaviour: evaluating, starting, and ending.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions, EvaluationContext, EvaluationRequest } from "../../mod.ts";
import {
  DocumentError,
  EngineError,
  EvaluationError,
  FetchError,
  FliptClient,
  FliptError,
  ValidationError,
} from "../../mod.ts";
import { initClient } from "../../src/client.ts";
import { StateHolder } from "../../src/state/state_holder.ts";
import type { TestClient } from "../support/runtime.ts";
import {
  booleanDocument,
  CountingEngine,
  ManualClock,
  shopDocument,
  testClient,
} from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const fetchShop = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
const failing = (): Promise<Response> => Promise.reject(new Error("no route"));

/** A client of the shop's flags. */
function shop(options: ClientOptions = {}): Promise<TestClient> {
  return testClient({ namespace: "shop", updateInterval: 0, fetcher: fetchShop, ...options });
}

test("a variant flag is evaluated, by a request or by position", async () => {
  const { client } = await shop();
  const context = { country: "NL", consent: "yes", orders: 3, tier: 1 };
  const { timestamp, requestDurationMillis, ...answer } = client.evaluateVariant({
    flagKey: "checkout-flow",
    entityId: "user-1",
    context,
  });
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 10_000);
  assert.ok(Number.isInteger(requestDurationMillis));
  assert.equal(answer.match, true);
  assert.equal(answer.reason, "MATCH_EVALUATION_REASON");
  assert.deepEqual([...answer.segmentKeys].sort(), ["eu-visitors", "returning"]);
  const second = client.evaluateVariant("checkout-flow", "user-1", context);
  assert.equal(second.variantKey, answer.variantKey);
  assert.deepEqual(second.segmentKeys, answer.segmentKeys);
  client.close();
});

test("a boolean flag is evaluated, by a request or by position", async () => {
  const { client } = await shop();
  const request = { flagKey: "free-shipping", entityId: "user-1", context: { employee: true } };
  const { enabled, reason, segmentKeys, flagKey } = client.evaluateBoolean(request);
  assert.deepEqual([enabled, reason, segmentKeys, flagKey], [
    true,
    "MATCH_EVALUATION_REASON",
    ["staff"],
    "free-shipping",
  ]);
  assert.equal(client.evaluateBoolean("free-shipping", "user-1", { employee: true }).enabled, true);
  client.close();
});

test("a context that is absent or null is an empty one", async () => {
  const { client } = await shop();
  const absent: unknown[] = [undefined, null, {}, Object.create(null)];
  for (const context of absent) {
    const request = { flagKey: "checkout-flow", entityId: "e", context } as EvaluationRequest;
    assert.deepEqual(client.evaluateVariant(request).segmentKeys, ["everyone"]);
    assert.deepEqual(client.evaluateBatch([request]).responses.length, 1);
  }
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e", null).segmentKeys, ["everyone"]);
  client.close();
});

test("a context may be an instance of a class", async () => {
  class Visitor {
    readonly platform = "ios";
    get agent(): string {
      return "Mobile";
    }
  }
  const { client } = await shop();
  const visitor = new Visitor() as unknown as EvaluationContext;
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e", visitor).segmentKeys, ["mobile"]);
  client.close();
});

test("blank and wrongly typed keys are refused in every kind of evaluation", async () => {
  const { client } = await shop();
  const cases: [flagKey: unknown, entityId: unknown, message: string][] = [
    ["", "e", "flagKey cannot be empty"],
    [" \t\n\u00a0", "e", "flagKey cannot be empty"],
    [undefined, "e", "flagKey cannot be empty"],
    [null, "e", "flagKey cannot be empty"],
    [5, "e", "flagKey must be a string, but is a number"],
    [["dark-mode"], "e", "flagKey must be a string, but is an array"],
    ["dark-mode", "", "entityId cannot be empty"],
    ["dark-mode", "\u2003", "entityId cannot be empty"],
    ["dark-mode", undefined, "entityId cannot be empty"],
    ["dark-mode", 12n, "entityId must be a string, but is a bigint"],
    ["dark-mode", true, "entityId must be a string, but is a boolean"],
  ];
  for (const [flagKey, entityId, message] of cases) {
    const request = { flagKey, entityId, context: {} } as EvaluationRequest;
    const expected = { name: "ValidationError", message };
    assert.throws(() => client.evaluateVariant(request), expected);
    assert.throws(() => client.evaluateBoolean(request), expected);
    assert.throws(() => client.evaluateBatch([request]), {
      name: "ValidationError",
      message: `request 0 of the batch: ${message}`,
    });
    if (typeof flagKey !== "object") {
      assert.throws(() => client.evaluateBoolean(flagKey as string, entityId as string), expected);
    }
  }
  client.close();
});

test("keys that begin with white space, or a letter beyond ASCII, are no blank ones", async () => {
  const { client } = await shop();
  for (const flagKey of [" dark-mode", "österreich", "\u0001", "\u007f", "🎈"]) {
    assert.throws(() => client.evaluateBoolean(flagKey, " e"), {
      name: "EvaluationError",
      message: `invalid request: failed to get flag information shop/${flagKey}`,
    });
  }
  client.close();
});

test("a context that is no object of properties is refused", async () => {
  const { client } = await shop();
  const cases: [context: unknown, what: string][] = [
    ["country=NL", "a string"],
    [5, "a number"],
    [[], "an array"],
    [new Map([["country", "NL"]]), "a Map; use Object.fromEntries(map)"],
    [new Set(), "a Set"],
    [new URLSearchParams("country=NL"), "a collection; use Object.fromEntries(collection)"],
    [new Headers({ country: "NL" }), "a collection; use Object.fromEntries(collection)"],
    [() => ({}), "a function"],
  ];
  for (const [context, what] of cases) {
    const message = `context must be an object such as { country: "NL" }, but is ${what}`;
    const request = { flagKey: "dark-mode", entityId: "e", context } as EvaluationRequest;
    assert.throws(() => client.evaluateBoolean(request), { name: "ValidationError", message });
    assert.throws(() => client.evaluateVariant(request), { name: "ValidationError", message });
    assert.throws(() => client.evaluateBatch([{ flagKey: "a", entityId: "e" }, request]), {
      name: "ValidationError",
      message: `request 1 of the batch: ${message}`,
    });
  }
  client.close();
});

test("unknown flags and flags of the other type are errors with the reference's words", async () => {
  const { client } = await shop();
  const cases: [() => unknown, string][] = [
    [() => client.evaluateVariant("nope", "e"), "invalid request: failed to get flag information shop/nope"],
    [() => client.evaluateBoolean("nope", "e"), "invalid request: failed to get flag information shop/nope"],
    [() => client.evaluateVariant("dark-mode", "e"), "invalid request: dark-mode is not a variant flag"],
    [() => client.evaluateBoolean("banner", "e"), "invalid request: banner is not a boolean flag"],
  ];
  for (const [call, message] of cases) assert.throws(call, { name: "EvaluationError", message });
  client.close();
});

test("a getter of the context that throws makes a ValidationError that names the flag and keeps the cause", async () => {
  const { client } = await shop();
  const cause = new Error("lost connection");
  const context = {
    get email(): string {
      throw cause;
    },
  };
  const calls = [
    () => client.evaluateVariant("checkout-flow", "e", context),
    () => client.evaluateBatch([{ flagKey: "checkout-flow", entityId: "e", context }]),
  ];
  for (const call of calls) {
    assert.throws(call, (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, /^the context for flag "checkout-flow" could not be read/);
      assert.equal(error.cause, cause);
      return true;
    });
  }
  assert.equal(client.evaluateVariant("checkout-flow", "e").match, true);
  client.close();
});

test("a proxy that was revoked is a context that cannot be read", async () => {
  const { client } = await shop();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.throws(() => client.evaluateVariant("checkout-flow", "e", proxy), ValidationError);
  assert.throws(
    () => client.evaluateBatch([{ flagKey: "checkout-flow", entityId: "e", context: proxy }]),
    ValidationError,
  );
  client.close();
});

test("a getter of the context may evaluate by itself", async () => {
  const { client } = await shop();
  const inner: string[] = [];
  const context = {
    get email(): string {
      inner.push(client.evaluateVariant("checkout-flow", "e2", { platform: "ios" }).segmentKeys.join());
      return "a@shop.example";
    },
  };
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e1", context).segmentKeys, ["staff"]);
  assert.deepEqual(inner, ["mobile"]);
  client.close();
});

test("an error of this package that a getter meets comes out as it is", async () => {
  const { client } = await shop();
  const context = {
    get email(): string {
      return client.evaluateVariant("nope", "e").variantKey;
    },
  };
  assert.throws(() => client.evaluateVariant("checkout-flow", "e", context), {
    name: "EvaluationError",
    message: "invalid request: failed to get flag information shop/nope",
  });
  client.close();
});

test("a getter that closes the client leaves everything sane", async () => {
  const { client, engine } = await shop();
  const context = {
    get email(): string {
      client.close();
      return "a@shop.example";
    },
  };
  try {
    client.evaluateVariant("checkout-flow", "e", context);
  } catch (error) {
    assert.ok(error instanceof EvaluationError, String(error));
  }
  assert.throws(() => client.evaluateVariant("checkout-flow", "e"), /the client is closed/);
  assert.equal(engine.alive, 0);
});

test("a batch answers in order, with an error entry for an unknown flag", async () => {
  const { client } = await shop();
  const { responses, requestDurationMillis } = client.evaluateBatch([
    { flagKey: "banner", entityId: "e", context: {} },
    { flagKey: "nope", entityId: "e", context: {} },
    { flagKey: "dark-mode", entityId: "e" },
  ]);
  assert.ok(Number.isInteger(requestDurationMillis) && requestDurationMillis >= 0);
  assert.deepEqual(responses.map(({ type }) => type), [
    "VARIANT_EVALUATION_RESPONSE_TYPE",
    "ERROR_EVALUATION_RESPONSE_TYPE",
    "BOOLEAN_EVALUATION_RESPONSE_TYPE",
  ]);
  const [variant, error, boolean] = responses;
  assert.ok(variant?.type === "VARIANT_EVALUATION_RESPONSE_TYPE");
  assert.equal(variant.variantEvaluationResponse.variantKey, "winter");
  assert.ok(error?.type === "ERROR_EVALUATION_RESPONSE_TYPE");
  assert.deepEqual(error.errorEvaluationResponse, {
    flagKey: "nope",
    namespaceKey: "shop",
    reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
  });
  assert.ok(boolean?.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE");
  assert.equal(boolean.booleanEvaluationResponse.enabled, true);
  assert.deepEqual(client.evaluateBatch([]).responses, []);
  client.close();
});

test("a batch that is none, or has something that is no request, is refused before anything is evaluated", async () => {
  let evaluated = 0;
  const { client } = await shop({ hook: { before: () => evaluated++ } });
  const good = { flagKey: "dark-mode", entityId: "e" };
  const cases: [requests: unknown, message: string][] = [
    [good, "evaluateBatch() takes an array of requests, but was given an object"],
    [undefined, "evaluateBatch() takes an array of requests, but was given undefined"],
    [
      [good, "dark-mode"],
      "request 1 of the batch: it must be { flagKey, entityId, context }, but is a string",
    ],
    // deno-lint-ignore no-sparse-arrays
    [[good, , good], "request 1 of the batch: it must be { flagKey, entityId, context }, but is undefined"],
  ];
  for (const [requests, message] of cases) {
    assert.throws(() => client.evaluateBatch(requests as EvaluationRequest[]), {
      name: "ValidationError",
      message,
    });
  }
  assert.equal(evaluated, 0);
  client.close();
});

test("flags are listed", async () => {
  const { client } = await shop();
  const flags = client.listFlags();
  assert.equal(flags.length, 8);
  const banner = flags.find(({ key }) => key === "banner");
  assert.equal(banner?.enabled, false);
  assert.equal(banner?.type, "VARIANT_FLAG_TYPE");
  assert.equal(banner?.defaultVariant?.key, "winter");
  client.close();
});

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
  for (const errorStrategy of ["fail", "fallback"] as const) {
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
    message: "invalid request: failed to get flag information shop/dark-mode",
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

test("a signal ends init while it fetches, with either strategy", async () => {
  for (const errorStrategy of ["fail", "fallback"] as const) {
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

test("after close, everything says that the client is closed, and its memory is given back", async () => {
  const { client, engine } = await shop();
  client.close();
  client.close();
  assert.equal(engine.alive, 0);
  const closed = { name: "EvaluationError", message: /^the client is closed; make a new one/ };
  assert.throws(() => client.evaluateVariant("banner", "e"), closed);
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), closed);
  assert.throws(() => client.evaluateBatch([{ flagKey: "banner", entityId: "e" }]), closed);
  assert.throws(() => client.listFlags(), closed);
  assert.throws(() => client.getSnapshot(), closed);
  await assert.rejects(client.refresh(), closed);
  assert.equal(client.engine.kind, "portable");
});

test("a state that is compiled while the client closes is released", async () => {
  const documents = [booleanDocument("shop", "a", true), booleanDocument("shop", "b", true)];
  const { client, engine } = await shop({ fetcher: () => Promise.resolve(Response.json(documents.shift())) });
  let open: (() => void) | undefined;
  engine.gate = new Promise((resolve) => open = resolve);
  const pending = client.refresh();
  while (engine.open === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  client.close();
  open?.();
  await assert.rejects(pending, EvaluationError);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([engine.alive, engine.open], [0, 0]);
});

test("a state that arrives after close is released and answers nothing", async () => {
  const engine = new CountingEngine();
  const compilation = engine.compile("document", "shop");
  compilation.write(new TextEncoder().encode(JSON.stringify(shopDocument())));
  const holder = new StateHolder("shop", "fallback");
  holder.close();
  holder.replace(await compilation.finish(), undefined);
  assert.deepEqual([engine.compiled, engine.alive], [1, 0]);
  holder.confirm();
  assert.throws(() => holder.answering.listFlags(), /the client is closed/);
});

test("using and await using close the client", async () => {
  const { client, engine } = await shop();
  {
    using held = client;
    assert.equal(held.listFlags().length, 8);
  }
  assert.equal(engine.alive, 0);
  const second = await shop();
  {
    await using held = second.client;
    held.refresh().catch(() => {});
  }
  assert.deepEqual([second.engine.alive, second.engine.open, second.clock.timers.length], [0, 0, 0]);
});

test("every error is a FliptError with the name of its class", async () => {
  const error = await FliptClient.init({ url: "" }).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FliptError && error instanceof Error);
  assert.equal(error.name, "ValidationError");
  assert.match(String(error.stack), /ValidationError/);
});
