// The OpenFeature provider, asked as an application asks it: through the SDK. Where the OpenFeature specification has a
// numbered requirement for the answers of providers, the test's name begins with its number; those for their lives and
// events are in lifecycle.test.ts. What is asked of the SDK alone (5.2.x), of providers with one static
// context (2.6.1) and of tracking (2.7.1) has no test.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { EvaluationContext, EvaluationDetails, FlagValue, Provider } from "@openfeature/server-sdk";
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk";
import { FliptProvider } from "../../openfeature/mod.ts";
import { DE, gist, given, impossible, next, NL, quiet, shop, silence } from "../support/openfeature.ts";

before(silence);
after(() => OpenFeature.close());

test("2.1.1: the provider has a name", async () => {
  assert.equal(new FliptProvider().metadata.name, "flipt");
  await using made = await shop();
  assert.equal(made.flags.metadata.providerMetadata.name, "flipt");
});

test("2.2.1, 2.2.2.1, 2.2.8.1: each type of value has a typed method", async () => {
  // That the provider is one of the SDK's is for the type checker to say.
  const provider: Provider = new FliptProvider({ ...quiet });
  assert.equal(provider.runsOn, "server");
  await using made = await shop();
  const { flags } = made;
  assert.equal(await flags.getBooleanValue("on", false, NL), true);
  assert.equal(await flags.getStringValue("flow", "none", NL), "express");
  assert.equal(await flags.getNumberValue("number -1.5", 0, NL), -1.5);
  assert.deepEqual(await flags.getObjectValue("flow", {}, NL), { steps: 1 });
});

test("2.2.3, 2.2.4: an answer has the value and the variant that it comes from", async () => {
  await using made = await shop();
  const { flags } = made;
  assert.deepEqual(gist(await flags.getStringDetails("flow", "none", NL)), [
    "express",
    "express",
    "TARGETING_MATCH",
  ]);
  assert.deepEqual(gist(await flags.getObjectDetails("flow", {}, NL)), [
    { steps: 1 },
    "express",
    "TARGETING_MATCH",
  ]);
  assert.deepEqual(gist(await flags.getNumberDetails("number 2e3", 0, NL)), [2000, "2e3", "DEFAULT"]);
  assert.deepEqual(gist(await flags.getBooleanDetails("on", false, NL)), [true, "true", "DEFAULT"]);
});

test("2.2.5: a rule and a rollout to segments are targeting", async () => {
  await using made = await shop();
  assert.equal((await made.flags.getStringDetails("flow", "none", NL)).reason, "TARGETING_MATCH");
  assert.deepEqual(gist(await made.flags.getBooleanDetails("unmatched", false, NL)), [
    true,
    "true",
    "TARGETING_MATCH",
  ]);
});

test("2.2.5: a rollout to a share of the entities is a split", async () => {
  await using made = await shop();
  assert.deepEqual(gist(await made.flags.getBooleanDetails("everyone", false, DE)), [true, "true", "SPLIT"]);
});

test("2.2.5: what nothing matched is a default: the flag's own where it has one, or else the caller's", async () => {
  await using made = await shop();
  const { flags } = made;
  assert.deepEqual(gist(await flags.getStringDetails("flow", "mine", DE)), ["mine", undefined, "DEFAULT"]);
  assert.deepEqual(gist(await flags.getNumberDetails("flow", 7, DE)), [7, undefined, "DEFAULT"]);
  assert.deepEqual(gist(await flags.getObjectDetails("flow", { mine: true }, DE)), [
    { mine: true },
    undefined,
    "DEFAULT",
  ]);
  assert.deepEqual(gist(await flags.getStringDetails("flow-with-default", "mine", DE)), [
    "classic",
    "classic",
    "DEFAULT",
  ]);
  assert.deepEqual(gist(await flags.getBooleanDetails("unmatched", true, DE)), [false, "false", "DEFAULT"]);
});

test("2.2.5: of a variant flag that is disabled the value is the caller's default", async () => {
  await using made = await shop();
  const { flags } = made;
  assert.deepEqual(gist(await flags.getStringDetails("off", "mine", NL)), ["mine", undefined, "DISABLED"]);
  assert.deepEqual(gist(await flags.getNumberDetails("off", 7, NL)), [7, undefined, "DISABLED"]);
  assert.deepEqual(gist(await flags.getObjectDetails("off", [7], NL)), [[7], undefined, "DISABLED"]);
});

test("2.2.5: a boolean flag that is off is false, also where the caller's default is true", async () => {
  await using made = await shop();
  assert.deepEqual(gist(await made.flags.getBooleanDetails("kill-switch", true, NL)), [
    false,
    "false",
    "DISABLED",
  ]);
});

test("2.2.5: from a state that may be out of date every answer is stale, and says why it came out so", async () => {
  await using made = await given({ maxStaleness: 300, errorStrategy: "fallback" });
  const { flags } = made;
  const stale = next(flags, ProviderEvents.Stale);
  made.advance(300_000);
  await stale;
  const answer = await flags.getStringDetails("flow", "none", NL);
  assert.deepEqual(gist(answer), ["express", "express", "STALE"]);
  assert.equal(answer.flagMetadata["reason"], "TARGETING_MATCH");
  assert.deepEqual(gist(await flags.getBooleanDetails("kill-switch", true, NL)), [false, "false", "STALE"]);
});

test("2.2.6, 2.3.2: an answer that is no error has neither code nor message", async () => {
  await using made = await shop();
  const { flags } = made;
  for (
    const answer of [
      await flags.getStringDetails("flow", "none", NL),
      await flags.getStringDetails("flow", "none", DE),
      await flags.getStringDetails("off", "none", DE),
      await flags.getBooleanDetails("kill-switch", true, DE),
    ]
  ) {
    assert.deepEqual([answer.errorCode, answer.errorMessage], [undefined, undefined]);
  }
});

function nested(depth: number): unknown {
  return depth === 0 ? "deep" : { inner: nested(depth - 1) };
}

test("2.2.7, 2.3.3: what goes wrong has a code and a message, and the value is the caller's default", async () => {
  await using made = await shop();
  const { flags } = made;
  const none = { country: "NL" };
  const circle: Record<string, unknown> = { targetingKey: "user-1" };
  circle["self"] = circle;
  const wide = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`p${n}`, n]));
  const answers: [string, EvaluationDetails<FlagValue>, RegExp][] = [
    ["FLAG_NOT_FOUND", await flags.getStringDetails("nope", "mine", NL), /no flag "nope" in the namespace/],
    ["FLAG_NOT_FOUND", await flags.getBooleanDetails("nope", true, NL), /no flag "nope"/],
    ["FLAG_NOT_FOUND", await flags.getBooleanDetails(" ", true, NL), /cannot be empty/],
    ["TYPE_MISMATCH", await flags.getStringDetails("on", "mine", NL), /"on" is a boolean flag/],
    ["TYPE_MISMATCH", await flags.getObjectDetails("on", {}, NL), /"on" is a boolean flag/],
    ["TYPE_MISMATCH", await flags.getBooleanDetails("flow", true, NL), /"flow" is a variant flag/],
    [
      "TYPE_MISMATCH",
      await flags.getNumberDetails("flow", 7, NL),
      /"express" of flag "flow" is not a number/,
    ],
    ["TARGETING_KEY_MISSING", await flags.getStringDetails("flow", "mine", none), /targetingKey/],
    ["TARGETING_KEY_MISSING", await flags.getBooleanDetails("on", true), /targetingKey/],
    [
      "TARGETING_KEY_MISSING",
      await flags.getBooleanDetails("on", true, { targetingKey: " " }),
      /targetingKey/,
    ],
    ["INVALID_CONTEXT", await flags.getBooleanDetails("on", true, impossible({ targetingKey: 7 })), /string/],
    [
      "INVALID_CONTEXT",
      await flags.getBooleanDetails("on", true, impossible(circle)),
      /nested more than 32 levels/,
    ],
    ["INVALID_CONTEXT", await flags.getBooleanDetails("on", true, { ...NL, wide }), /more than 10000 prop/],
    [
      "INVALID_CONTEXT",
      await flags.getBooleanDetails("on", true, impossible({ ...NL, list: [1n] })),
      /"list" cannot be converted to JSON/,
    ],
  ];
  for (const [code, { errorCode, errorMessage, reason }, message] of answers) {
    assert.equal(errorCode, code, errorMessage ?? "");
    assert.equal(reason, "ERROR");
    assert.match(errorMessage ?? "", message);
  }
  assert.deepEqual(answers.map(([, { value }]) => value), [
    "mine",
    true,
    true,
    "mine",
    {},
    true,
    7,
    "mine",
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
});

test("2.2.7: a property that throws is an invalid context", async () => {
  await using made = await shop();
  const context = {
    targetingKey: "user-1",
    get country(): string {
      throw new Error("no country");
    },
  };
  // The SDK copies contexts; what is asked past it may have getters.
  await assert.rejects(made.provider.resolveBooleanEvaluation("on", true, context), {
    code: "INVALID_CONTEXT",
  });
  await assert.rejects(
    made.provider.resolveStringEvaluation("flow", "mine", { targetingKey: "user-1", user: context }),
    { code: "INVALID_CONTEXT" },
  );
});

test("2.2.9, 2.2.10: the metadata has the segments, the attachment, the flag set and its version as text", async () => {
  await using made = await shop();
  const version = made.provider.client?.status.digest;
  assert.equal(typeof version, "string");
  const { flagMetadata } = await made.flags.getStringDetails("flow", "none", NL);
  assert.deepEqual({ ...flagMetadata }, {
    flagSetId: "shop",
    version,
    segmentKeys: "country-is-NL",
    attachment: `{"steps":1}`,
  });
  for (const attachment of ["null", ""]) {
    const { flagMetadata } = await made.flags.getStringDetails(`structure ${attachment}`, "none", NL);
    assert.deepEqual({ ...flagMetadata }, { flagSetId: "shop", version });
  }
  const plain = await made.flags.getBooleanDetails("on", false, NL);
  assert.deepEqual({ ...plain.flagMetadata }, { flagSetId: "shop", version });
});

test("2.3.1: hooks of the SDK run around evaluations", async () => {
  await using made = await shop();
  const seen: string[] = [];
  made.flags.addHooks({
    before: ({ flagKey, providerMetadata }) => void seen.push(`before ${flagKey} ${providerMetadata.name}`),
    after: (_context, { variant }) => void seen.push(`after ${variant}`),
    error: (_context, error) => void seen.push(`error ${(error as { code?: string }).code}`),
    finally: ({ flagKey }) => void seen.push(`finally ${flagKey}`),
  });
  await made.flags.getStringValue("flow", "none", NL);
  await made.flags.getStringValue("nope", "none", NL);
  assert.deepEqual(seen, [
    "before flow flipt",
    "after express",
    "finally flow",
    "before nope flipt",
    "error FLAG_NOT_FOUND",
    "finally nope",
  ]);
});

test("a number is a variant whose key is a number as JSON writes it", async () => {
  await using made = await shop();
  const { flags } = made;
  assert.equal(await flags.getNumberValue("number 0", 7, NL), 0);
  assert.equal(await flags.getNumberValue("number -1.5", 7, NL), -1.5);
  assert.equal(await flags.getNumberValue("number 2e3", 7, NL), 2000);
  for (const key of ["007", "1_000", "1e999", " 1", "0x10", "Infinity"]) {
    const answer = await flags.getNumberDetails(`number ${key}`, 7, NL);
    assert.deepEqual(gist(answer), [7, undefined, "ERROR", "TYPE_MISMATCH"], key);
  }
});

test("an object is a variant whose attachment is a JSON object or array", async () => {
  await using made = await shop();
  const { flags } = made;
  const ask = (attachment: string | undefined): Promise<EvaluationDetails<FlagValue>> =>
    flags.getObjectDetails(`structure ${attachment}`, { mine: true }, NL);
  assert.deepEqual((await ask(`{"a":[1,{"b":null}]}`)).value, { a: [1, { b: null }] });
  assert.deepEqual((await ask("[1,2]")).value, [1, 2]);
  for (const attachment of [`"text"`, "3", "null", "", undefined]) {
    assert.deepEqual(gist(await ask(attachment)), [{ mine: true }, undefined, "ERROR", "TYPE_MISMATCH"]);
  }
  assert.deepEqual(gist(await ask("{broken")), [{ mine: true }, undefined, "ERROR", "PARSE_ERROR"]);
});

test("an object is the caller's own", async () => {
  await using made = await shop();
  const first = await made.flags.getObjectValue<{ steps: number }>("flow", { steps: 0 }, NL);
  first.steps = 99;
  assert.deepEqual(await made.flags.getObjectValue("flow", { steps: 0 }, NL), { steps: 1 });
});

test("the properties of nested objects are named by their path", async () => {
  await using made = await shop();
  const plan = (context: EvaluationContext): Promise<string> =>
    made.flags.getStringValue("plan", "none", { targetingKey: "user-1", ...context });
  assert.equal(await plan({ user: { plan: "pro" } }), "vip");
  assert.equal(await plan({ "user.plan": "pro" }), "vip");
  assert.equal(await plan({ user: { plan: "free" } }), "none");
  assert.equal(await plan({ user: ["pro"] }), "none");
  assert.equal(await plan({ user: null }), "none");
});

test("a property named by a path comes before the one that lies there", async () => {
  await using made = await shop();
  const plan = (context: EvaluationContext): Promise<string> =>
    made.flags.getStringValue("plan", "none", { targetingKey: "user-1", ...context });
  assert.equal(await plan({ "user.plan": "pro", user: { plan: "free" } }), "vip");
  assert.equal(await plan({ user: { plan: "pro" }, "user.plan": "free" }), "none");
});

test("dates are compared as ISO text and arrays as JSON text", async () => {
  await using made = await shop();
  const { flags } = made;
  const day = new Date("2030-01-01T01:00:00+01:00");
  assert.equal(await flags.getStringValue("day", "none", { ...NL, day }), "new-year");
  const none = await flags.getStringDetails("day", "none", { ...NL, day: new Date(NaN) });
  assert.deepEqual(gist(none), ["none", undefined, "DEFAULT"]);
  assert.equal(await flags.getStringValue("roles", "none", { ...NL, roles: ["admin", 7] }), "staff");
});

test("the targeting key is a property, too", async () => {
  await using made = await shop();
  assert.equal(await made.flags.getStringValue("key", "no", NL), "yes");
});

test("a context may be 31 objects deep and name what objects inherit", async () => {
  await using made = await shop();
  const context = { ...NL, deep: nested(30), user: { plan: "pro" }, hasOwnProperty: "x" };
  assert.equal(await made.flags.getStringValue("plan", "none", impossible(context)), "vip");
  const own = impossible(
    JSON.parse(`{"targetingKey":"user-1","__proto__":{"plan":"pro"},"user":{"plan":"pro"}}`),
  );
  assert.equal((await made.provider.resolveStringEvaluation("plan", "none", own)).value, "vip");
  const named = impossible(JSON.parse(`{"targetingKey":"user-1","__proto__":"x","user":{"plan":"pro"}}`));
  assert.equal((await made.provider.resolveStringEvaluation("proto", "no", named)).value, "yes");
});
