// Overrides: what answers in the place of flags, where that is seen, and that everything else is as it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClientOptions,
  type DefaultEvent,
  ErrorStrategy,
  type EvaluationHook,
  explanationText,
  FliptClient,
  type HookAnswer,
  ValidationError,
} from "../../../mod.ts";
import { isOverridden, overrideFlags } from "../../../overrides/mod.ts";
import { booleanDocument, createdClient, testClient } from "../../support/runtime.ts";
import { failing, fetchShop, shop } from "../../support/shop_client.ts";
import { warnedLines } from "../../support/warnings.ts";

const OVERRIDE = "OVERRIDE_EVALUATION_REASON";

/** A client with an engine of the system, on the flags of the shop. */
function realShop(options: ClientOptions = {}): Promise<FliptClient> {
  return FliptClient.init({ namespace: "shop", updateInterval: 0, fetcher: fetchShop, ...options });
}

test("an override answers in every kind of call, with a reason of Flipt's own and one that says so in details", async () => {
  using client = await realShop({ overrides: { "kill-switch": true, banner: "summer" } });
  const boolean = client.evaluateBoolean("kill-switch", "e");
  assert.deepEqual({ ...boolean, timestamp: "" }, {
    enabled: true,
    flagKey: "kill-switch",
    reason: "MATCH_EVALUATION_REASON",
    requestDurationMillis: 0,
    timestamp: "",
    segmentKeys: [],
  });
  assert.match(boolean.timestamp, /^\d{4}-.*Z$/);
  const variant = client.evaluateVariant({ flagKey: "banner", entityId: "e" });
  assert.deepEqual([variant.match, variant.variantKey, variant.reason, variant.variantAttachment], [
    true,
    "summer",
    "MATCH_EVALUATION_REASON",
    undefined,
  ]);
  assert.ok(isOverridden(boolean) && isOverridden(variant));
  assert.ok(!isOverridden(client.evaluateBoolean("dark-mode", "e")));
  assert.equal(client.isEnabled("kill-switch", "e"), true);
  assert.equal(client.variant("banner", "e"), "summer");
  for (const wanted of [undefined, { default: false }]) {
    const { value, reason, usedDefault } = client.details("kill-switch", "e", {}, wanted);
    assert.deepEqual([value, reason, usedDefault], [true, OVERRIDE, false]);
  }
  assert.equal(client.details("dark-mode", "e").reason, "DEFAULT_EVALUATION_REASON");
  const { responses } = client.evaluateBatch([
    { flagKey: "kill-switch", entityId: "e" },
    { flagKey: "banner", entityId: "e" },
    { flagKey: "no-such-flag", entityId: "e" },
  ]);
  assert.deepEqual(
    responses.map((each) =>
      each.booleanEvaluationResponse?.enabled ?? each.variantEvaluationResponse?.variantKey ?? each.type
    ),
    [true, "summer", "ERROR_EVALUATION_RESPONSE_TYPE"],
  );
});

test("a variant has the attachment of the flag, or its own, and none where there is none", async () => {
  using client = await realShop({
    overrides: {
      "checkout-flow": "one-page",
      banner: { variant: "winter" },
      "search-ranking": { variant: "new", attachment: { weights: [1, 2] } },
      "no-rules": "",
    },
  });
  assert.equal((client.value("checkout-flow", "e") as { steps: number }).steps, 1);
  assert.deepEqual(client.value("banner", "e"), { title: 'Sale "now"' });
  const weights = client.value("search-ranking", "e");
  assert.deepEqual(weights, { weights: [1, 2] });
  assert.equal(client.value("search-ranking", "e"), weights);
  assert.deepEqual(client.value("no-rules", "e", {}, { default: 5 }), 5);
  assert.deepEqual([
    client.evaluateVariant("no-rules", "e").match,
    client.variant("no-rules", "e", {}, "none"),
  ], [
    false,
    "none",
  ]);
});

test("a flag that no server has is answered, also before there is any flag state and after one has failed", async () => {
  const overrides = { "new-checkout": true, theme: "dark" } as const;
  using unready = createdClient({ namespace: "shop", fetcher: failing, updates: "lazy", overrides }).client;
  unready.on("error", () => {});
  await unready.ready({ timeout: 1 });
  assert.equal(unready.evaluateBoolean("new-checkout", "e").enabled, true);
  assert.throws(() => unready.evaluateBoolean("other", "e"), { code: "NOT_READY" });
  assert.deepEqual(Object.keys(unready.evaluateAll("e").flags).sort(), ["new-checkout", "theme"]);

  let isUp = true;
  const fetcher = (): Promise<Response> => isUp ? fetchShop() : failing();
  const { client } = await shop({ overrides, fetcher, errorStrategy: ErrorStrategy.Strict });
  client.on("error", () => {});
  assert.equal(client.status.state, "ready");
  isUp = false;
  await assert.rejects(client.refresh());
  assert.equal(client.status.state, "failed");
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), { code: "STALE" });
  assert.equal(client.variant("theme", "e"), "dark");
  isUp = true;
  await client.refresh();
  assert.equal(client.status.state, "ready");
  assert.equal(client.isEnabled("dark-mode", "e"), true);
  client.close();
  assert.throws(() => client.evaluateVariant("theme", "e"), /closed/);
});

test("all flags at once have the overrides among them, and each flag its own type", async () => {
  using client = await realShop({
    overrides: { "new-checkout": true, "kill-switch": true, banner: "summer" },
  });
  const { flags } = client.evaluateAll("e");
  assert.deepEqual(flags["new-checkout"], { value: true, reason: OVERRIDE });
  assert.deepEqual(flags["kill-switch"], { value: true, reason: OVERRIDE });
  assert.deepEqual(flags["banner"], { value: "summer", variantKey: "summer", reason: OVERRIDE });
  assert.deepEqual(flags["dark-mode"], { value: true, reason: "DEFAULT_EVALUATION_REASON" });
  assert.equal(Object.keys(flags).length, 9);
  assert.deepEqual(Object.keys(client.evaluateAll("e", {}, { keys: ["new-checkout"] }).flags), [
    "new-checkout",
  ]);
});

test("an override of the other type is ignored, and warned of once", async () => {
  const lines = await warnedLines(async () => {
    using client = await realShop({ overrides: { "dark-mode": "on", banner: true } });
    for (let i = 0; i < 2; i++) {
      assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
      assert.equal(client.details("dark-mode", "e").value, true);
      assert.equal(client.variant("banner", "e", {}, "none"), "winter");
      assert.equal(client.evaluateAll("e").flags["banner"]?.variantKey, "winter");
    }
  });
  assert.deepEqual(
    lines.map((line) => line.slice(0, 60)),
    [
      'flipt: the override of flag "dark-mode" is ignored: it is a v',
      'flipt: the override of flag "banner" is ignored: it is a bool',
    ].map((line) => line.slice(0, 60)),
  );
  assert.doesNotMatch(lines.join(), /undefined/);
});

test("a function is asked at each evaluation, and what it cannot say the flag does", async () => {
  const asked: unknown[] = [];
  let answer: () => unknown = () => true;
  const overrides = (request: { readonly flagKey: string }): undefined => {
    asked.push(request);
    return answer() as undefined;
  };
  const lines = await warnedLines(async () => {
    using client = await realShop({ overrides });
    assert.equal(client.isEnabled("kill-switch", "e", { country: "NL" }), true);
    assert.deepEqual(asked, [{ flagKey: "kill-switch", entityId: "e", context: { country: "NL" } }]);
    assert.equal(client.details("kill-switch", "e").reason, OVERRIDE);
    asked.length = 0;
    client.evaluateBatch(["1", "2"].map((entityId) => ({ flagKey: "kill-switch", entityId })));
    assert.equal(asked.length, 2);
    for (
      const useless of [() => undefined, () => 5, () => ({ attachment: 1 }), () => {
        throw new Error("broken");
      }]
    ) {
      answer = useless;
      assert.equal(client.isEnabled("kill-switch", "e"), false);
      assert.equal(client.isEnabled("kill-switch", "e"), false);
    }
  });
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /"kill-switch" is ignored: it must be a boolean, the key of a variant/);
  assert.match(lines[1] ?? "", /the function of the option overrides failed/);
});

test("overrides that are none are refused", async () => {
  const init = (overrides: unknown): Promise<unknown> =>
    realShop({ overrides: overrides as Record<string, boolean> });
  await assert.rejects(init(true), /overrides must be an object/);
  await assert.rejects(
    init({ a: 5 }),
    /overrides "a" must be a boolean, a string or an object, but is a number/,
  );
  await assert.rejects(
    init({ a: { attachment: 1 } }),
    (error) => error instanceof ValidationError && /the override of flag "a" must be/.test(error.message),
  );
  const misspelt = { banner: { variant: "winter", attachement: { discount: 10 } } };
  const message =
    'the override of flag "banner" has an unknown member "attachement"; did you mean "attachment"?';
  await assert.rejects(init(misspelt), { name: "ValidationError", message });
  assert.throws(() => overrideFlags(misspelt), { name: "ValidationError", message });
  const circle: Record<string, unknown> = {};
  circle["itself"] = circle;
  for (
    const [attachment, kind] of [[10n, "a bigint"], [circle, "an object"], [() => 1, "a function"]] as const
  ) {
    assert.throws(() => overrideFlags({ banner: { variant: "winter", attachment } }), {
      name: "ValidationError",
      message:
        `the override of flag "banner" has an attachment that cannot be written as JSON: it is ${kind}`,
    });
  }
  assert.throws(() => overrideFlags(new Map() as unknown as Record<string, boolean>), {
    name: "ValidationError",
    message: "the overrides must be an object or a function, but is a Map",
  });
  assert.throws(() => overrideFlags(5 as unknown as Record<string, boolean>), ValidationError);
  assert.throws(
    () => overrideFlags({ a: { variant: 5 } } as unknown as Record<string, boolean>),
    ValidationError,
  );
});

test("keys such as those of every object are keys of flags", async () => {
  using client = await realShop({ overrides: JSON.parse('{"__proto__": true, "constructor": "x"}') });
  assert.equal(client.isEnabled("__proto__", "e"), true);
  assert.equal(client.variant("constructor", "e"), "x");
  assert.equal(client.variant("toString", "e", {}, "unknown"), "unknown");
});

test("hooks are told that it was an override, and listeners of defaults of nothing", async () => {
  const answers: HookAnswer[] = [];
  const hook: Partial<EvaluationHook> = { after: (answer) => answers.push(answer) };
  using client = await realShop({ hook, overrides: { "kill-switch": true, theme: "dark" } });
  const defaults: DefaultEvent[] = [];
  client.on("default", (event) => defaults.push(event));
  client.isEnabled("kill-switch", "e");
  client.variant("theme", "e");
  client.evaluateBatch([{ flagKey: "theme", entityId: "e" }]);
  client.isEnabled("dark-mode", "e");
  assert.deepEqual(answers.map(({ flagKey, value, overridden }) => [flagKey, value, overridden]), [
    ["kill-switch", "true", true],
    ["theme", "dark", true],
    ["theme", "dark", true],
    ["dark-mode", "true", undefined],
  ]);
  assert.ok(!("overridden" in (answers[3] ?? {})));
  assert.deepEqual(defaults, []);
});

test("explain says that an override answers, and what the flag would have said", async () => {
  using client = await realShop({ overrides: { "kill-switch": true, theme: "dark", banner: true } });
  const boolean = await client.explain("boolean", "kill-switch", "e");
  assert.deepEqual([boolean.overridden, boolean.result.enabled], [true, true]);
  assert.match(
    boolean.why,
    /^an override answers in the place of the flag; without it: the flag has no rollouts/,
  );
  assert.match(explanationText(boolean), /^answer: enabled true \(an override\)$/m);
  const unknown = await client.explain("variant", "theme", "e");
  assert.deepEqual([unknown.result.variantKey, unknown.rules, unknown.flag.key], ["dark", [], "theme"]);
  assert.match(unknown.why, /without it: there is no such flag$/);
  const plain = await client.explain("boolean", "dark-mode", "e");
  assert.ok(!("overridden" in plain));
  await assert.rejects(client.explain("boolean", "no-such-flag", "e"), { code: "FLAG_NOT_FOUND" });
  await warnedLines(async () => assert.ok(!("overridden" in await client.explain("variant", "banner", "e"))));
});

test("a scope has overrides of its own before those of the client, until its end and after", async () => {
  using client = await realShop({ overrides: { "kill-switch": true, "price-test": true } });
  const scope = client.for("e", {}, overrideFlags({ "kill-switch": false, theme: "dark" }));
  assert.equal(scope.isEnabled("kill-switch"), false);
  assert.equal(scope.isEnabled("price-test"), true);
  assert.equal(scope.isEnabled("dark-mode"), true);
  assert.equal(scope.variant("theme"), "dark");
  assert.equal(scope.evaluateAll().flags["theme"]?.value, "dark");
  assert.deepEqual(Object.values(scope.used()).map(({ reason }) => reason), [
    OVERRIDE,
    OVERRIDE,
    "DEFAULT_EVALUATION_REASON",
    OVERRIDE,
  ]);
  scope[Symbol.dispose]();
  assert.equal(scope.value("theme", { default: 1 }), 1);
  assert.equal(scope.details("theme").value, "dark");
  assert.equal(client.variant("theme", "e", {}, "light"), "light");
});

test("a state with overrides before it is kept for its scopes, released after them, and shared without them", async () => {
  let document = booleanDocument("shop", "a", true);
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(document));
  const { client, engine } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher,
    overrides: { b: true },
  });
  const plain = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  assert.equal(client.getSnapshot(), plain.client.getSnapshot());
  const scopes = [client.for("e"), client.for("e", {}, overrideFlags({ c: true }))];
  document = booleanDocument("shop", "a", false);
  const changed: unknown[] = [];
  client.on("update", ({ changedFlags }) => changed.push(changedFlags));
  assert.equal(await client.refresh(), true);
  assert.deepEqual(changed, [["a"]]);
  assert.deepEqual(scopes.map((scope) => [scope.isEnabled("a"), scope.isEnabled("b")]), [[true, true], [
    true,
    true,
  ]]);
  assert.equal(engine.alive, 2);
  for (const scope of scopes) scope[Symbol.dispose]();
  assert.equal(engine.alive, 1);
  assert.equal(client.isEnabled("a", "e"), false);
  // A fetch that brings nothing new leaves what is kept for the state.
  assert.equal(await client.refresh(), false);
  assert.deepEqual([client.isEnabled("b", "e"), client.status.state], [true, "ready"]);
  client.close();
  plain.client.close();
  assert.equal(engine.alive, 0);
});
