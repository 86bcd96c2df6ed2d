// The quick look at a document and the thorough one: what the first takes for good the second has no objection to, and
// what it does not, the second judges.

import assert from "node:assert/strict";
import { test } from "node:test";
import { document } from "../../engines/document.ts";
import { parseDocument } from "../../engines/document_parsing.ts";
import { fits, members } from "../../engines/shape.ts";
import { checkShape } from "../../engines/shape_check.ts";

/** A document with every member that documents have. */
const FULL = {
  namespace: { key: "shop", name: "Shop" },
  flags: [{
    ...{ key: "a", name: "A", type: "VARIANT_FLAG_TYPE", description: "an A", enabled: true },
    rules: [{
      segments: [{
        ...{ key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE" },
        constraints: [{
          type: "STRING_CONSTRAINT_COMPARISON_TYPE",
          property: "p",
          operator: "eq",
          value: "v",
        }],
      }],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [{ variantKey: "v", rollout: 100, variantAttachment: "{}" }],
    }],
    rollouts: [
      { description: "half", threshold: { percentage: 50, value: true } },
      { segment: { segmentOperator: "AND_SEGMENT_OPERATOR", value: true, segments: [] } },
    ],
    defaultVariant: { id: "1", key: "v", attachment: "{}" },
  }],
};

const VALUES: readonly unknown[] = [undefined, null, true, 0, 1e999, "text", "\ud800", [], [null], {}, {
  key: 1,
}];

/** A value, and it again with each value inside it replaced by each of `VALUES`. */
function* variations(value: unknown): Generator<unknown> {
  yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const replaced = (other: unknown): unknown =>
      Array.isArray(value)
        ? value.map((each, i) => String(i) === name ? other : each)
        : { ...value, [name]: other };
    for (const other of VALUES) yield replaced(other);
    for (const inner of variations(member)) yield replaced(inner);
  }
}

function isChecked(value: unknown, wellFormed: boolean): boolean {
  try {
    checkShape(value, document, wellFormed, "document");
    return true;
  } catch {
    return false;
  }
}

test("the quick look takes for a document what the thorough one does", () => {
  let [good, bad] = [0, 0];
  for (const value of variations(FULL)) {
    for (const wellFormed of [true, false]) {
      const isGood = isChecked(value, wellFormed);
      assert.equal(fits(value, document, wellFormed), isGood, JSON.stringify(value));
      if (isGood) good++;
      else bad++;
    }
  }
  assert.ok(good > 200 && bad > 500, `${good} good, ${bad} bad`);
});

test("the quick look has the limits of lists, and leaves maps to the thorough one", () => {
  const rules = (count: number): unknown => ({
    namespace: { key: "shop" },
    flags: [{ key: "a", name: "", enabled: true, rules: Array(count).fill(FULL.flags[0]?.rules[0]) }],
  });
  assert.equal(fits(rules(10_000), document, true), true);
  assert.equal(fits(rules(10_001), document, true), false);
  assert.throws(
    () => parseDocument(new TextEncoder().encode(JSON.stringify(rules(10_001)))),
    /flags\[0\]\.rules must be a list of at most 10000, not a list/,
  );
  assert.equal(fits({ a: {} }, { mapOf: members({}) }, true), false);
});
