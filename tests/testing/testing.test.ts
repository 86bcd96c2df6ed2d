// What users test their own code with: the client whose flags a test sets, and the server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError, FliptClient, ValidationError } from "../../mod.ts";
import { flagDocument, testFlags } from "../../testing/mod.ts";
import type { TestFlagValues } from "../../testing/mod.ts";

/** Some code under test: it knows no tests. */
function checkoutOf(client: FliptClient, user: string, country?: string): string {
  if (!client.evaluateBoolean("new-checkout", user).enabled) return "old";
  return client.evaluateVariant("checkout", user, { country }).variantKey;
}

test("a test client is given to code that takes a FliptClient, and is one", () => {
  const client = testFlags({ "new-checkout": true, checkout: "one-page" });
  assert.ok(client instanceof FliptClient);
  assert.equal(checkoutOf(client, "user-1"), "one-page");
  client.set("new-checkout", false);
  assert.equal(checkoutOf(client, "user-1"), "old");
  assert.equal(client.status.state, "ready");
  assert.equal(client.engine.kind, "portable");
});

test("flags of a test answer as flags of a server do", () => {
  const client = testFlags({
    on: true,
    off: false,
    banner: { variant: "winter", attachment: { discount: 10 } },
    none: "",
    disabled: { variant: "winter", enabled: false },
  });
  const outcome = (key: string) => {
    const { match, variantKey, variantAttachment, reason, segmentKeys } = client.evaluateVariant(
      key,
      "user-1",
    );
    return { match, variantKey, variantAttachment, reason, segmentKeys };
  };
  const nothing = { match: false, variantKey: "", variantAttachment: undefined, segmentKeys: [] };
  assert.equal(client.evaluateBoolean("on", "user-1").reason, "DEFAULT_EVALUATION_REASON");
  assert.equal(client.evaluateBoolean("off", "user-1").reason, "FLAG_DISABLED_EVALUATION_REASON");
  assert.deepEqual(outcome("banner"), {
    match: true,
    variantKey: "winter",
    variantAttachment: '{"discount":10}',
    reason: "MATCH_EVALUATION_REASON",
    segmentKeys: [],
  });
  assert.deepEqual(outcome("none"), { ...nothing, reason: "UNKNOWN_EVALUATION_REASON" });
  assert.deepEqual(outcome("disabled"), { ...nothing, reason: "FLAG_DISABLED_EVALUATION_REASON" });
  assert.deepEqual(client.listFlags().map(({ key, type }) => `${key} ${type}`), [
    "on BOOLEAN_FLAG_TYPE",
    "off BOOLEAN_FLAG_TYPE",
    "banner VARIANT_FLAG_TYPE",
    "none VARIANT_FLAG_TYPE",
    "disabled VARIANT_FLAG_TYPE",
  ]);
});

test("an unknown flag, and one of the other type, is the error that a client gives", async () => {
  const values = { banner: "winter" };
  const real = await FliptClient.init({
    namespace: "shop",
    engine: "portable",
    fetcher: () => Promise.resolve(Response.json(flagDocument(values, "shop"))),
    updateInterval: 0,
  });
  const client = testFlags(values, { namespace: "shop" });
  const errorOf = (run: () => unknown): { name: string; message: string } => {
    try {
      run();
    } catch (error) {
      if (error instanceof EvaluationError) return { name: error.name, message: error.message };
    }
    return assert.fail("no EvaluationError");
  };
  for (const key of ["unknown", "banner"]) {
    assert.deepEqual(
      errorOf(() => client.evaluateBoolean(key, "user-1")),
      errorOf(() => real.evaluateBoolean(key, "user-1")),
    );
  }
  const [entry] = client.evaluateBatch([{ flagKey: "unknown", entityId: "user-1" }]).responses;
  assert.deepEqual(entry, real.evaluateBatch([{ flagKey: "unknown", entityId: "user-1" }]).responses[0]);
  real.close();
});

test("a flag is set for one entity, and for all again", () => {
  const client = testFlags({ banner: "winter", beta: false });
  const banner = (user: string): string => client.evaluateVariant("banner", user).variantKey;
  const beta = (user: string): boolean => client.evaluateBoolean("beta", user).enabled;
  client.set("banner", "summer", { entityId: "user-1" });
  client.set("banner", "autumn", { entityId: "user-2" });
  client.set("beta", true, { entityId: "user-1" });
  assert.deepEqual(["user-1", "user-2", "user-3"].map(banner), ["summer", "autumn", "winter"]);
  assert.deepEqual(["user-1", "user-2"].map(beta), [true, false]);
  assert.deepEqual(client.evaluateVariant("banner", "user-1").segmentKeys, ["entity:user-1"]);
  client.set("banner", "", { entityId: "user-2" });
  client.unset("banner", { entityId: "user-1" });
  assert.deepEqual(["user-1", "user-2", "user-3"].map(banner), ["winter", "", "winter"]);
  client.set("banner", "spring", { entityId: "user-1" });
  client.set("banner", "winter");
  assert.equal(banner("user-1"), "winter");
  client.set("fresh", true, { entityId: "user-1" });
  assert.deepEqual(["user-1", "user-2"].map((user) => client.evaluateBoolean("fresh", user).enabled), [
    true,
    false,
  ]);
});

test("unset makes a flag unknown, and reset sets all back", () => {
  const values: Record<string, boolean> = { a: true, b: true };
  const client = testFlags(values);
  values["a"] = false;
  client.unset("b");
  client.set("a", false);
  client.set("c", true);
  assert.throws(() => client.evaluateBoolean("b", "user-1"), /failed to get flag information default\/b/);
  client.reset();
  assert.deepEqual(client.evaluations, []);
  assert.deepEqual(["a", "b"].map((key) => client.evaluateBoolean(key, "user-1").enabled), [true, true]);
  assert.throws(() => client.evaluateBoolean("c", "user-1"), EvaluationError);
});

test("evaluations are recorded, with what came of them, until they are cleared", () => {
  const client = testFlags({ on: true, banner: "winter" });
  const context = { country: "NL" };
  const response = client.evaluateBoolean({ flagKey: "on", entityId: "user-1", context });
  context.country = "DE";
  response.segmentKeys.push("mine");
  assert.throws(() => client.evaluateVariant("unknown", "user-1"), EvaluationError);
  client.evaluateBatch([{ flagKey: "banner", entityId: "user-2" }, {
    flagKey: "unknown",
    entityId: "user-2",
  }]);
  const seen = client.evaluations.map(({ flagKey, entityId, context }) => ({ flagKey, entityId, context }));
  assert.deepEqual(seen, [
    { flagKey: "on", entityId: "user-1", context: { country: "NL" } },
    { flagKey: "unknown", entityId: "user-1", context: {} },
    { flagKey: "banner", entityId: "user-2", context: {} },
  ]);
  const [first, second, third] = client.evaluations;
  assert.ok(first?.result !== undefined && "enabled" in first.result && first.result.enabled);
  assert.deepEqual(first.result.segmentKeys, []);
  assert.ok(second?.error instanceof EvaluationError && second.result === undefined);
  assert.ok(third?.result !== undefined && "variantKey" in third.result);
  assert.equal(third.result.variantKey, "winter");
  client.evaluations.clear();
  assert.deepEqual(client.evaluations, []);
});

test("listeners hear of what a test sets, and of nothing when it is the same", async () => {
  const client = testFlags({ a: true, b: "x" });
  const heard: (readonly string[])[] = [];
  client.on("update", ({ changedFlags }) => heard.push(changedFlags));
  client.set("a", false);
  client.set("a", false);
  client.set("b", { variant: "x", attachment: 1 });
  client.unset("a");
  assert.deepEqual(heard, [["a"], ["b"], ["a"]]);
  assert.equal(await client.refresh(), false);
});

test("hooks run around the evaluations of a test client", () => {
  const heard: string[] = [];
  const client = testFlags({ banner: "winter" }, {
    hooks: [{ after: ({ flagKey, value }) => void heard.push(`${flagKey} ${value}`) }],
  });
  client.evaluateVariant("banner", "user-1");
  assert.deepEqual(heard, ["banner winter"]);
});

test("a closed test client answers no more, and its snapshot is that of a client", async () => {
  const client = testFlags({ banner: "winter" });
  const snapshot = client.getSnapshot();
  using other = await FliptClient.init({
    snapshot,
    errorStrategy: "fallback",
    engine: "portable",
    fetcher: () => Promise.resolve(new Response(null, { status: 404 })),
    updateInterval: 0,
  });
  assert.equal(other.evaluateVariant("banner", "user-1").variantKey, "winter");
  client.close();
  assert.throws(() => client.evaluateVariant("banner", "user-1"), EvaluationError);
});

test("a value that no flag can have is refused, in words that help", () => {
  const refused: [unknown, RegExp][] = [
    [3, /the flag "a" cannot be a number: use true or false/],
    [null, /cannot be null/],
    [["x"], /cannot be an array/],
    [{ variant: "x", atachment: 1 }, /has no "atachment" \(did you mean "attachment"\?\)/],
    [{ attachment: 1 }, /needs a string as its variant, not undefined/],
    [{ variant: "x", enabled: 1 }, /needs true or false as enabled/],
    [{ variant: "x", attachment: () => 1 }, /a function as its attachment/],
    [{ variant: "x", attachment: 1n }, /an attachment that cannot be converted to JSON/],
  ];
  for (const [value, message] of refused) {
    assert.throws(() => testFlags({ a: value } as TestFlagValues), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, message);
      return true;
    });
  }
  const client = testFlags({ a: true, banner: "x" });
  assert.throws(
    () => client.set("a", "x", { entityId: "u" }),
    /is a boolean flag: it cannot be a variant flag/,
  );
  assert.throws(
    () => client.set("banner", { variant: "y", enabled: false }, { entityId: "u" }),
    /cannot be disabled for one/,
  );
  assert.throws(() => client.set(" ", true), /flagKey cannot be empty/);
  assert.throws(
    () => client.set("a", false, "u" as never),
    /set\(\) takes an object of options, .*a string$/,
  );
  assert.throws(
    () => client.set("a", false, { entityID: "u" } as never),
    /"entityID" .*did you mean "entityId"\?$/,
  );
  assert.throws(() => client.unset("a", { entity: "u" } as never), ValidationError);
  client.set("a", false, client.for("of a scope"));
  assert.deepEqual(["of a scope", "u"].map((id) => client.isEnabled("a", id)), [false, true]);
  assert.throws(() => testFlags([] as unknown as TestFlagValues), /flags must be an object/);
  assert.throws(() => testFlags({}, { namespace: "" }), /namespace cannot be empty/);
  assert.equal(client.evaluateBoolean("a", "u").enabled, true);
});

test("options that a test client does not have are refused", () => {
  const refusal = (what: RegExp) => (error: unknown): boolean =>
    error instanceof ValidationError && what.test(error.message);
  assert.throws(
    () => testFlags({}, { namespac: "shop" } as never),
    refusal(/^unknown option "namespac" of testFlags\(\); did you mean "namespace"\?$/),
  );
});

test("keys of flags and entities are texts like any other", () => {
  const keys = ["__proto__", "constructor", "with space", "ünï", '"quoted"'];
  const client = testFlags({});
  for (const key of keys) client.set(key, "all");
  for (const key of keys) client.set(key, "one", { entityId: key });
  for (const key of keys) {
    assert.equal(client.evaluateVariant(key, "other").variantKey, "all");
    assert.equal(client.evaluateVariant(key, key).variantKey, "one");
  }
});
