// The portable engine by itself: what it keeps to of the engine's contract, and the form of its answers. That the answers
// are right is the differential test's to say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EngineError, EvaluationError } from "../../../core/errors.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import { constraintFlag } from "../../support/constraint_flag.ts";
import type { Json } from "../../support/portable.ts";
import { compile, fullDocument } from "../../support/portable.ts";

const encoder = new TextEncoder();

function shop(version: 1 | 2): Uint8Array {
  return readFileSync(new URL(`../../fixtures/shop/v${version}.json`, import.meta.url));
}

test("the shop of a v1 server and that of a v2 server give the same answers", async () => {
  const [v1, v2] = [await compile(shop(1), "shop"), await compile(shop(2), "shop")];
  const flags = v2.listFlags();
  const keys = flags.map(({ key }) => key).sort();
  assert.deepEqual(v1.listFlags().map(({ key }) => key).sort(), keys);
  assert.ok(keys.length > 3);
  const contexts = [{}, { plan: "pro" }, { country: "DE", plan: "enterprise", beta: "true" }, { age: "30" }];
  let matches = 0;
  for (const { key, type } of flags) {
    for (const context of contexts) {
      for (let i = 0; i < 50; i++) {
        const [first, second] = [v1, v2].map((state) => {
          const answer = type === "BOOLEAN_FLAG_TYPE"
            ? state.evaluateBoolean(key, `user-${i}`, context)
            : state.evaluateVariant(key, `user-${i}`, context);
          // A v1 server writes the JSON of an attachment anew.
          const attachment = "variantAttachment" in answer ? answer.variantAttachment : undefined;
          return { ...answer, timestamp: "", variantAttachment: attachment && JSON.parse(attachment) };
        });
        assert.deepEqual(first, second);
        if (first?.reason === "MATCH_EVALUATION_REASON") matches++;
      }
    }
  }
  assert.ok(matches > 100, `${matches} matches`);
  assert.equal(v1.digest, undefined);
  assert.match(v2.digest ?? "", /^[0-9a-f]{40}$/);
});

test("chunks are copied when they are written, wherever they are cut", async () => {
  const bytes = encoder.encode(JSON.stringify({ ...fullDocument(), digest: "größe 😀" }));
  for (const size of [1, 7, 1000]) {
    const compilation = portableEngine().compile("document", "default");
    for (let i = 0; i < bytes.length; i += size) {
      const chunk = Buffer.from(bytes.subarray(i, i + size));
      compilation.write(chunk);
      chunk.fill(0);
    }
    assert.equal((await compilation.finish()).digest, "größe 😀");
  }
});

test("an aborted compilation gives no state", async () => {
  const compilation = portableEngine().compile("document", "default");
  compilation.write(encoder.encode(JSON.stringify(fullDocument())));
  const finished = compilation.finish();
  compilation.abort();
  compilation.abort();
  await assert.rejects(finished, (error) => error instanceof EngineError && /aborted/.test(error.message));

  const other = portableEngine().compile("document", "default");
  other.abort();
  other.write(encoder.encode("{}"));
  await assert.rejects(other.finish(), EngineError);
});

test("a state that was released answers nothing any more", async () => {
  const state = await compile(fullDocument());
  assert.equal(state.evaluateVariant("v", "e", {}).match, false);
  state.release();
  state.release();
  for (
    const use of [
      () => state.evaluateVariant("v", "e", {}),
      () => state.evaluateBoolean("v", "e", {}),
      () => state.listFlags(),
      () => state.snapshot(),
    ]
  ) assert.throws(use, (error) => error instanceof EvaluationError && /closed/.test(error.message));
});

test("an answer is a plain object with its members in order, and an attachment only where there is one", async () => {
  const [flag] = fullDocument().flags as Json[];
  const state = await compile({
    namespace: { key: "default" },
    flags: [flag, { key: "bare", name: "bare", enabled: true }, {
      key: "b",
      name: "b",
      enabled: true,
      type: "BOOLEAN_FLAG_TYPE",
    }],
  });
  const before = Date.now();
  const answer = state.evaluateVariant("v", "e", {});
  assert.deepEqual({ ...answer, timestamp: "" }, {
    match: false,
    segmentKeys: [],
    reason: "DEFAULT_EVALUATION_REASON",
    flagKey: "v",
    variantKey: "default",
    variantAttachment: "null",
    requestDurationMillis: 0,
    timestamp: "",
  });
  assert.equal(answer.timestamp, new Date(answer.timestamp).toISOString());
  assert.ok(Date.parse(answer.timestamp) >= before && Date.parse(answer.timestamp) <= Date.now());
  const order = ["match", "segmentKeys", "reason", "flagKey", "variantKey"];
  assert.deepEqual(Object.keys(answer), [
    ...order,
    "variantAttachment",
    "requestDurationMillis",
    "timestamp",
  ]);
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert.deepEqual(Object.keys(state.evaluateVariant("bare", "e", {})), [
    ...order,
    "requestDurationMillis",
    "timestamp",
  ]);
  assert.deepEqual(Object.keys(state.evaluateBoolean("b", "e", {})), [
    "enabled",
    "flagKey",
    "reason",
    "requestDurationMillis",
    "timestamp",
    "segmentKeys",
  ]);
});

test("what a caller does to an answer or a list of flags changes no other", async () => {
  const state = await compile(fullDocument());
  const context = { plan: "pro" };
  state.evaluateVariant("v", "e", context).segmentKeys.push("mine");
  assert.deepEqual(state.evaluateVariant("v", "e", context).segmentKeys, ["s"]);
  state.evaluateVariant("v", "e", {}).segmentKeys.push("mine");
  assert.deepEqual(state.evaluateVariant("v", "e", {}).segmentKeys, []);
  for (const flag of state.listFlags()) flag.key = "mine";
  assert.deepEqual(state.listFlags(), [{
    key: "v",
    enabled: true,
    type: "VARIANT_FLAG_TYPE",
    description: "a variant flag",
    defaultVariant: { id: "id", key: "default", attachment: "null" },
  }]);
});

test("a context that evaluates while it is read disturbs no evaluation", async () => {
  const state = await compile(fullDocument());
  const inner: boolean[] = [];
  const context = {
    get plan(): string {
      inner.push(state.evaluateVariant("v", "e", { plan: "free" }).match);
      return "pro";
    },
  };
  assert.equal(state.evaluateVariant("v", "e", context).match, true);
  assert.deepEqual(inner, [false]);
});

/** A flag of one rule, whose constraints are equalities of properties, or of the entity id where a name is empty. */
function flagOf(key: string, bounds: Readonly<Record<string, string>>): Json {
  const constraints = Object.entries(bounds).map(([property, value]) => ({
    type: `${property === "" ? "ENTITY_ID" : "STRING"}_CONSTRAINT_COMPARISON_TYPE`,
    ...{ property, operator: "eq", value },
  }));
  const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints };
  const rule = { segments: [segment], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] };
  return { key, name: "", enabled: true, rules: [rule] };
}

test("a getter that evaluates between two properties disturbs neither evaluation", async () => {
  const flag = flagOf("f", { plan: "pro", country: "NL" });
  const state = await compile({ namespace: { key: "default" }, flags: [flag] });
  const inner: boolean[] = [];
  const context = {
    plan: "pro",
    get country(): string {
      inner.push(state.evaluateVariant("f", "e", { plan: "free", country: "DE" }).match);
      return "NL";
    },
  };
  for (let n = 0; n < 3; n++) assert.equal(state.evaluateVariant("f", "e", context).match, true);
  assert.deepEqual(inner, [false, false, false]);
});

test("a context that throws while it is read disturbs no later evaluation", async () => {
  const state = await compile({ namespace: { key: "default" }, flags: [flagOf("f", { plan: "pro" })] });
  const context = {
    get plan(): string {
      throw new Error("not now");
    },
  };
  assert.throws(() => state.evaluateVariant("f", "e", context), { message: "not now" });
  assert.equal(state.evaluateVariant("f", "e", { plan: "pro" }).match, true);
});

test("the entity id and properties are told apart, in whatever order a flag compares them", async () => {
  const bounds = { a: "1", b: "2", "": "e", c: "3" };
  const orders = [["a", "b", "", "c"], ["", "c", "b", "a"], ["c", "", "a", "b"]];
  const flags = orders.map((order, n) =>
    flagOf(`f-${n}`, Object.fromEntries(order.map((name) => [name, bounds[name as keyof typeof bounds]])))
  );
  const state = await compile({ namespace: { key: "default" }, flags });
  for (const { key } of state.listFlags()) {
    assert.equal(state.evaluateVariant(key, "e", { a: "1", b: "2", c: "3" }).match, true, key);
    assert.equal(state.evaluateVariant(key, "1", { a: "1", b: "2", c: "3" }).match, false, key);
    for (const name of ["a", "b", "c"]) {
      assert.equal(
        state.evaluateVariant(key, "e", { a: "1", b: "2", c: "3", [name]: "e" }).match,
        false,
        key,
      );
    }
  }
});

test("an evaluation reads what its flag compares of a context, once each, and nothing else", async () => {
  const flags = [
    flagOf("two", { plan: "pro", country: "NL" }),
    flagOf("one", { age: "7" }),
    flagOf("none", {}),
    flagOf("again", { country: "NL", plan: "pro" }),
    { ...flagOf("boolean", {}), type: "BOOLEAN_FLAG_TYPE" },
  ];
  const state = await compile({ namespace: { key: "default" }, flags });
  const read: string[] = [];
  const context = new Proxy<Record<string, string>>({}, {
    get: (_target, name) => {
      read.push(String(name));
      return "x";
    },
  });
  for (const { key } of state.listFlags()) state.evaluate(key, "e", context);
  assert.deepEqual(read, ["plan", "country", "age", "country", "plan"]);
});

test("each evaluation reads its own context", async () => {
  const state = await compile(fullDocument());
  const answers = [{ plan: "pro" }, {}, { plan: "free" }, { plan: "pro" }].map((context) =>
    state.evaluateVariant("v", "e", context).match
  );
  assert.deepEqual(answers, [true, false, false, true]);
});

for (const type of ["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]) {
  test(`a flag of thousands of constraints says how long it took: ${type}`, async () => {
    const constraint = {
      type: "STRING_CONSTRAINT_COMPARISON_TYPE",
      property: "p",
      operator: "contains",
      value: "b",
    };
    const segment = {
      key: "s",
      matchType: "ANY_SEGMENT_MATCH_TYPE",
      constraints: Array.from({ length: 5000 }, () => constraint),
    };
    const rules = [{ segments: [segment], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] }];
    const rollouts = [{ segment: { segments: [segment], value: true } }];
    const state = await compile({
      ...fullDocument(),
      flags: [{ key: "f", name: "", type, enabled: true, rules, rollouts }],
    });
    const context = {
      get p(): string {
        for (const start = Date.now(); Date.now() < start + 2;);
        return "a";
      },
    };
    const before = Date.now();
    const { reason, requestDurationMillis, timestamp } = type === "VARIANT_FLAG_TYPE"
      ? state.evaluateVariant("f", "e", context, 0)
      : state.evaluateBoolean("f", "e", context, 0);
    const after = Date.now();
    assert.notEqual(reason, "MATCH_EVALUATION_REASON");
    assert.ok(
      requestDurationMillis >= 2 && requestDurationMillis <= after - before &&
        Number.isInteger(requestDurationMillis),
      `${requestDurationMillis} of ${after - before} ms`,
    );
    assert.ok(Date.parse(timestamp) >= before + 2 && Date.parse(timestamp) <= after, timestamp);
  });
}

test("a caller that has just looked at the clock need not look again", async () => {
  const [flag] = fullDocument().flags as Json[];
  const state = await compile({
    ...fullDocument(),
    flags: [flag, { ...flag, key: "b", type: "BOOLEAN_FLAG_TYPE" }],
  });
  const at = Date.UTC(2001, 1, 3, 4, 5, 6, 789);
  const expected = new Date(at).toISOString();
  assert.equal(state.evaluateVariant("v", "e", {}, at).timestamp, expected);
  assert.equal(state.evaluateBoolean("b", "e", {}, at).timestamp, expected);
  assert.equal(state.evaluate("v", "e", {}, at)?.variantEvaluationResponse?.timestamp, expected);
  assert.equal(state.evaluate("b", "e", {}, at)?.booleanEvaluationResponse?.timestamp, expected);
});

test("a lone surrogate is U+FFFD, as in every UTF-8 encoder", async () => {
  const bounds: readonly (readonly [operator: string, value: string, holds: boolean])[] = [
    ["eq", "\ufffd", true],
    ["eq", "x\ufffd", false],
    ["neq", "\ufffd", false],
    ["neq", "x\ufffd", true],
    ["prefix", "\ufffd", true],
    ["suffix", "\ufffd", true],
    ["contains", "\ufffd", true],
    ["notcontains", "\ufffd", false],
    ["isoneof", '["\ufffd"]', true],
    ["isnotoneof", '["\ufffd"]', false],
    ["eq", "a", false],
  ];
  const flags = bounds.map(([operator, value], n) =>
    constraintFlag(`f-${n}`, { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property: "p", operator, value })
  );
  const state = await compile({ namespace: { key: "default" }, flags });
  for (const [n, [operator, value, holds]] of bounds.entries()) {
    const { enabled } = state.evaluateBoolean(`f-${n}`, "e", { p: "\ud800" });
    assert.equal(enabled, holds, `${operator} ${JSON.stringify(value)}`);
  }
});

test("empty and not empty look at no bound, whatever is in it", async () => {
  const flags = ["empty", "notempty"].map((operator) =>
    constraintFlag(operator, {
      ...{ type: "STRING_CONSTRAINT_COMPARISON_TYPE", property: "p", operator, value: "\ufffd" },
    })
  );
  const state = await compile({ namespace: { key: "default" }, flags });
  for (const [p, isEmpty] of [["", true], [undefined, true], ["x", false]] as const) {
    assert.equal(state.evaluateBoolean("empty", "e", { p }).enabled, isEmpty);
    assert.equal(state.evaluateBoolean("notempty", "e", { p }).enabled, !isEmpty);
  }
});

test("the engine says which it is, and why when it is told", () => {
  assert.deepEqual(portableEngine().info, { kind: "portable" });
  assert.deepEqual(portableEngine("no permission").info, { kind: "portable", reason: "no permission" });
});
