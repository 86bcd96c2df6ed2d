// How flags lie in memory: what several say alike is there once, and a list that is full gives way to another.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentFlag } from "../../../engines/document.ts";
import { type CompiledFlag, FlagCompiler } from "../../../engines/portable/flag.ts";
import { Layout } from "../../../engines/portable/layout.ts";
import { constraintFlag } from "../../support/constraint_flag.ts";
import { compile } from "../../support/portable.ts";

function constraint(property: string, operator: string, value: string) {
  return { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property, operator, value };
}

/** A flag with a usual and an unusual condition, distributions and a default variant. */
function variantFlag(key: string): DocumentFlag {
  const segments = ["a", "b"].map((name) => ({
    key: name,
    matchType: "ALL_SEGMENT_MATCH_TYPE",
    constraints: [constraint("plan", "eq", name), constraint("country", "isoneof", '["NL","DE"]')],
  }));
  const distributions = [{ variantKey: "x", rollout: 50 }, { variantKey: "y", rollout: 50 }];
  return {
    key,
    name: "",
    type: "VARIANT_FLAG_TYPE",
    enabled: true,
    rules: segments.map((segment) => ({
      segments: [segment],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions,
    })),
    defaultVariant: { id: "i", key: "default", attachment: "{}" },
  };
}

function sizes(flags: readonly CompiledFlag[]): number[] {
  return flags.map(({ layout, start }, n) => {
    const next = flags[n + 1];
    return (next?.layout === layout ? next.start : layout.end) - start;
  });
}

test("flags that say the same share all but their own few steps", () => {
  const compiler = new FlagCompiler();
  const flags = Array.from({ length: 10 }, (_, n) => compiler.compile(variantFlag(`flag-${n}`)));
  const layout = flags[0]?.layout;
  for (const flag of flags) assert.equal(flag.layout, layout);
  // The whole, what is read, and two rules: one usual condition would be a step, these are three each.
  for (const size of sizes(flags)) assert.equal(size, 2 * (2 + 2 * 3));
  const objects = new Set(
    flags.flatMap(({ layout, start }) => layout.operands.slice(start / 2, start / 2 + 2)),
  );
  assert.deepEqual([...objects], [
    { key: "default", attachment: "{}", reason: "DEFAULT_EVALUATION_REASON" },
    undefined,
  ]);
});

test("flags of which each says something else share nothing of it", () => {
  const compiler = new FlagCompiler();
  const [one, other] = ["one", "other"].map((key) => {
    const flag = variantFlag(key);
    return compiler.compile({ ...flag, defaultVariant: { id: "i", key, attachment: key } });
  });
  assert.ok(one !== undefined && other !== undefined);
  assert.notEqual(one.layout.operands[one.start / 2], other.layout.operands[other.start / 2]);
});

test("boolean flags share what they come to", () => {
  const compiler = new FlagCompiler();
  const outcomes = ["a", "b", "c"].map((key) => {
    const flag: DocumentFlag = { key, name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true };
    const { layout, start } = compiler.compile(flag);
    return layout.operands[start / 2];
  });
  assert.deepEqual(outcomes[0], { enabled: true, reason: "DEFAULT_EVALUATION_REASON" });
  assert.equal(new Set(outcomes).size, 1);
});

test("a list of steps that grows keeps what was there", () => {
  const layout = new Layout([]);
  const starts = Array.from({ length: 500 }, (_, n) => layout.add([[n, -n, `operand ${n}`], [n + 1, 0]]));
  for (const [n, start] of starts.entries()) {
    assert.deepEqual([...layout.steps.subarray(start, start + 4)], [n, n === 0 ? 0 : -n, n + 1, 0]);
    assert.deepEqual(layout.operands.slice(start / 2, start / 2 + 2), [`operand ${n}`, undefined]);
  }
  assert.equal(layout.end, 2000);
});

test("a part with a name is laid out once, unless its name is long", () => {
  const layout = new Layout([]);
  const part = (name: string): number => layout.part(name, (start) => [[start, 0], [0, 0]]);
  const first = part("a");
  assert.equal(layout.steps[first], first);
  assert.equal(part("a"), first);
  assert.equal(part("b"), first + 4);
  const long = "x".repeat(1000);
  assert.equal(part(long), part(long));
  assert.notEqual(part(`${long}x`), part(`${long}x`));
});

test("a layout is full with 65,536 numbers, and the next flag gets another", () => {
  const compiler = new FlagCompiler();
  const first = compiler.compile(variantFlag("first")).layout;
  assert.equal(first.isFull, false);
  while (first.end < 65_536 - 2) first.add([[0, 0]]);
  assert.equal(first.isFull, false);
  first.add([[0, 0]]);
  assert.equal(first.isFull, true);
  const second = compiler.compile(variantFlag("second")).layout;
  assert.notEqual(second, first);
  assert.equal(compiler.compile(variantFlag("third")).layout, second);
});

test("a flag is as slow as it has steps and constraints", () => {
  const compiler = new FlagCompiler();
  const slow = (constraints: number): boolean => {
    const segment = {
      key: "s",
      matchType: "ALL_SEGMENT_MATCH_TYPE",
      constraints: Array.from({ length: constraints }, (_, n) => constraint(`p${n}`, "eq", "x")),
    };
    const rule = { segments: [segment], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] };
    return compiler.compile({ ...variantFlag(`f-${constraints}`), rules: [rule] }).slow;
  };
  assert.deepEqual([1, 100, 990, 997, 998, 1100].map(slow), [false, false, false, false, true, true]);
});

test("more properties than have a place of their own are read all the same", async () => {
  const names = Array.from({ length: 30 }, (_, n) => `property-${n}`);
  const flags = names.map((name) => constraintFlag(name, constraint(name, "eq", `value of ${name}`)));
  const state = await compile({ namespace: { key: "default" }, flags });
  const context = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
  for (const name of names) {
    assert.equal(state.evaluateBoolean(name, "e", context).enabled, true, name);
    assert.equal(state.evaluateBoolean(name, "e", { ...context, [name]: "x" }).enabled, false, name);
    assert.equal(state.evaluateBoolean(name, "e", {}).enabled, false, name);
  }
});
