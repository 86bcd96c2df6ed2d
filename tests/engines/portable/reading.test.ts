// What an evaluation reads of a context, and when: getters and proxies see it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../support/portable.ts";
import { compile, rulesFlag } from "../../support/portable.ts";

test("an evaluation that stops early reads no further, and what two rules compare it reads once", async () => {
  const flag = rulesFlag("f", "prefix", [["plan", "p"], ["country", "N"]], [["plan", "f"], ["age", "4"]], [[
    "age",
    "",
  ]]);
  const state = await compile({ namespace: { key: "default" }, flags: [flag] });
  const readOf = (values: Readonly<Record<string, string>>): string[] => {
    const read: string[] = [];
    const context = new Proxy<Record<string, string>>({}, {
      get: (_target, name) => {
        read.push(String(name));
        return values[String(name)];
      },
    });
    state.evaluateVariant("f", "e", context);
    return read;
  };
  assert.deepEqual(readOf({ plan: "pro", country: "NL" }), ["plan", "country"]);
  assert.deepEqual(readOf({ plan: "free", age: "42" }), ["plan", "age"]);
  assert.deepEqual(readOf({ plan: "free" }), ["plan", "age"]);
});

test("the rollouts of a boolean flag read a property once between them", async () => {
  const { rules } = rulesFlag("f", "eq", [["plan", "free"]], [["plan", "pro"]]) as { rules: Json[] };
  const rollouts = rules.map((rule) => ({
    type: "SEGMENT_ROLLOUT_TYPE",
    segment: { value: true, ...Object(rule) },
  }));
  const flag = { key: "f", name: "", enabled: false, type: "BOOLEAN_FLAG_TYPE", rollouts };
  const state = await compile({ namespace: { key: "default" }, flags: [flag] });
  let reads = 0;
  const context = {
    get plan(): string {
      reads++;
      return "pro";
    },
  };
  assert.deepEqual(state.evaluateBoolean("f", "e", context).segmentKeys, ["s1"]);
  assert.equal(reads, 1);
});

test("a getter that evaluates while rules are compared disturbs neither evaluation", async () => {
  const flags = [
    rulesFlag(
      "f",
      "prefix",
      [["plan", "p"], ["country", "N"], ["age", "9"]],
      [["plan", "p"], ["", "e"], ["age", "4"]],
    ),
    rulesFlag("g", "eq", [["plan", "free"], ["age", "1"]]),
  ];
  const state = await compile({ namespace: { key: "default" }, flags });
  for (const inner of ["f", "g"]) {
    const context = {
      plan: "pro",
      get country(): string {
        state.evaluateVariant(inner, "other", { plan: "free", country: "DE", age: "1" });
        return "NL";
      },
      age: "42",
    };
    assert.deepEqual(state.evaluateVariant("f", "e", context).segmentKeys, ["s1"], inner);
  }
});

test("a getter that evaluates for another entity leaves an evaluation its own", async () => {
  const flag = rulesFlag("f", "eq", [["", "e"], ["plan", "pro"], ["country", "NL"]]);
  const state = await compile({ namespace: { key: "default" }, flags: [flag] });
  const context = {
    plan: "pro",
    get country(): string {
      state.evaluateVariant("f", "other", { plan: "free", country: "DE" });
      return "NL";
    },
  };
  assert.equal(state.evaluateVariant("f", "e", context).match, true);
});
