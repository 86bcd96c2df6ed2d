// Where a server's own evaluation API answers otherwise than clients do: the list of it is true of every engine here,
// and explain tells it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentConstraint } from "../../../engines/document.ts";
import type { ConstraintExample, DifferenceId } from "../../../engines/rules/differences.ts";
import {
  DIFFERENCE_IDS,
  DIFFERENCES,
  distributionSum,
  ruleDifferences,
  serverVerdict,
} from "../../../engines/rules/differences.ts";
import { serverHolds } from "../../../engines/rules/server_constraints.ts";
import { explanationText, FliptClient } from "../../../mod.ts";
import { judge } from "../../../src/evaluation/explain/constraint.ts";
import { constraintFlag } from "../../support/constraint_flag.ts";
import { testedEngines } from "../../support/engines.ts";

const examples = DIFFERENCE_IDS.flatMap((id): [DifferenceId, ConstraintExample][] => {
  const { example } = DIFFERENCES[id];
  return "constraint" in example ? [[id, example]] : [];
});

/** A client with one boolean flag for each constraint: it is on where the constraint holds. */
function clientOf(constraints: readonly DocumentConstraint[], options: object): Promise<FliptClient> {
  const flags = constraints.map((constraint, index) => constraintFlag(`flag-${index}`, constraint));
  const fetcher = () => Promise.resolve(Response.json({ namespace: { key: "default" }, flags }));
  return FliptClient.init({ updateInterval: 0, fetcher, ...options });
}

function constraintOf(type: string, operator: string, value = "", property = "p"): DocumentConstraint {
  return { type: `${type}_CONSTRAINT_COMPARISON_TYPE`, property, operator, value };
}

test("every example of a difference is one for that very reason", () => {
  assert.ok(examples.length >= 9);
  for (const [id, { constraint, actual, serverHolds: expected }] of examples) {
    const { holds } = judge(constraint, actual);
    assert.equal(holds, !expected, id);
    assert.deepEqual(serverVerdict(constraint, actual, holds), { id, holds: expected }, id);
  }
});

for (const { kind, options, skip } of await testedEngines()) {
  test(
    `${kind} answers the examples as the list says of clients, and explains the difference`,
    { skip },
    async () => {
      using client = await clientOf(examples.map(([, { constraint }]) => constraint), options);
      for (const [index, [id, { constraint, actual, serverHolds: expected }]] of examples.entries()) {
        const request = {
          flagKey: `flag-${index}`,
          entityId: "e",
          context: { [constraint.property]: actual },
        };
        assert.equal(client.evaluateBoolean(request).enabled, !expected, id);
        const explanation = await client.explain("boolean", request);
        const [rollout] = explanation.rollouts;
        assert.ok(rollout?.kind === "segment");
        assert.deepEqual(rollout.segments[0]?.constraints[0]?.server, {
          difference: id,
          holds: expected,
          why: DIFFERENCES[id].because,
        });
        const sentence = `; the server's own API would ${expected ? "match" : "not match"} here: ${
          DIFFERENCES[id].because
        }`;
        assert.ok(explanationText(explanation).includes(sentence), explanationText(explanation));
      }
    },
  );
}

test("where server and clients agree, explain says nothing of the server", async () => {
  using client = await clientOf([constraintOf("NUMBER", "gte", "2")], {});
  for (const p of ["1", "2", "3", "abc", ""]) {
    const explanation = await client.explain("boolean", "flag-0", "e", { p });
    assert.doesNotMatch(explanationText(explanation), /server/);
    assert.equal(JSON.stringify(explanation).includes('"server"'), false);
  }
  const text = explanationText(await client.explain("boolean", "flag-0", "e", { p: "2.5" }));
  assert.match(
    text,
    /"2.5" is not a 32-bit integer.*; the server's own API would match here: it compares floats$/m,
  );
});

test("explain tells of flags and rules whose answer can differ", async () => {
  const rule = (segments: readonly string[], ...distributions: [variantKey: string, rollout: number][]) => ({
    segmentOperator: "OR_SEGMENT_OPERATOR",
    segments: segments.map((key) => ({ key, matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [] })),
    distributions: distributions.map(([variantKey, rollout]) => ({ variantKey, rollout })),
  });
  const flags = [
    { key: "off", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: false },
    { key: "on", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true },
    { key: "below", name: "", enabled: true, rules: [rule(["a"], ["x", 40], ["y", 40])] },
    { key: "two", name: "", enabled: true, rules: [rule(["a", "b"], ["x", 50], ["y", 50])] },
    { key: "plain", name: "", enabled: true, rules: [rule(["a"], ["x", 33.33], ["y", 66.66])] },
  ];
  const fetcher = () => Promise.resolve(Response.json({ namespace: { key: "default" }, flags }));
  using client = await FliptClient.init({ updateInterval: 0, fetcher });
  const found: Record<string, readonly string[]> = {};
  for (const { key, type } of flags) {
    const explanation = type === undefined
      ? await client.explain("variant", key, "e")
      : await client.explain("boolean", key, "e");
    found[key] = (explanation.differences ?? []).map(({ difference }) => difference);
    const lines = explanationText(explanation).match(/^the server's own API can differ: .+$/gm) ?? [];
    assert.equal(lines.length, found[key].length);
  }
  assert.deepEqual(found, {
    off: ["disabled-boolean"],
    on: [],
    below: ["v1-distribution-sum"],
    two: ["v1-two-segments"],
    plain: [],
  });
});

test("the sum of distributions is told without the noise of floats", () => {
  const rule = (...rollouts: number[]) => ({
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: rollouts.map((rollout, index) => ({ variantKey: `v${index}`, rollout })),
  });
  assert.equal(distributionSum(rule(33.3, 33.3, 33.4)), 100);
  assert.equal(distributionSum(rule()), undefined);
  assert.deepEqual(ruleDifferences(rule(33.3, 33.3, 33.3)), ["distribution-bound"]);
  assert.deepEqual(ruleDifferences(rule(33.3, 33.3, 33.4)), []);
  assert.deepEqual(ruleDifferences(rule(10)), ["v1-distribution-sum"]);
});

test("the server's side of every operator, on values that both sides read alike and on others", () => {
  const rows: [type: string, operator: string, value: string, actual: string, server: boolean][] = [
    ["STRING", "eq", "a", "a", true],
    ["STRING", "eq", "a", " a", false],
    ["STRING", "neq", "a", "b", true],
    ["STRING", "neq", "a", "", false],
    ["STRING", "suffix", "b", "ab\t", true],
    ["STRING", "suffix", "b ", "ab ", false],
    ["STRING", "empty", "", " ", true],
    ["STRING", "notempty", "", " ", false],
    ["STRING", "contains", "b", "abc", true],
    ["STRING", "notcontains", "b", "abc", false],
    ["STRING", "isoneof", '["a",null]', "a", true],
    ["STRING", "isnotoneof", '["a",null]', "b", true],
    ["STRING", "isnotoneof", "null", "b", true],
    ["STRING", "isnotoneof", "nonsense", "b", false],
    ["STRING", "isoneof", '["a"]', "", false],
    ["ENTITY_ID", "prefix", "user-", " user-1", true],
    ["NUMBER", "eq", "3", "3.0", true],
    ["NUMBER", "neq", "3", "abc", false],
    ["NUMBER", "neq", "3", "NaN", true],
    ["NUMBER", "lt", "3", "-Inf", true],
    ["NUMBER", "lte", "0x1p4", "16", true],
    ["NUMBER", "gt", "1e3", "1000", false],
    ["NUMBER", "gte", "2147483648", "2147483648", true],
    ["NUMBER", "isoneof", "[null]", "0", true],
    ["NUMBER", "isnotoneof", "null", "0", true],
    ["NUMBER", "isnotoneof", "[1, 2.0]", "2", false],
    ["NUMBER", "present", "", " ", false],
    ["NUMBER", "notpresent", "", "\u00a0", true],
    ["BOOLEAN", "true", "", "T", true],
    ["BOOLEAN", "false", "", "0", true],
    ["BOOLEAN", "true", "", "yes", false],
    ["BOOLEAN", "present", "", " ", false],
    ["DATETIME", "eq", "2024-01-01", "2024-01-01T01:00:00+01:00", true],
    ["DATETIME", "neq", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000001Z", true],
    ["DATETIME", "lt", "2024-01-01T00:00:00Z", "2023-12-31", true],
    ["DATETIME", "lte", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00,1Z", false],
    ["DATETIME", "gt", "2024-01-01T00:00:00Z", "2024-01-01T1:00:00Z", true],
    ["DATETIME", "gte", "2024-01-01T00:00:00Z", "2024-01-01", true],
    ["DATETIME", "notpresent", "", "", true],
    ["STRING", "unknown", "a", "a", false],
    ["UNKNOWN", "eq", "a", "a", false],
  ];
  for (const [type, operator, value, actual, expected] of rows) {
    assert.equal(
      serverHolds(constraintOf(type, operator, value), actual),
      expected,
      `${operator} ${value} ${actual}`,
    );
  }
});
