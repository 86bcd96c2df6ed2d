// Where a server's own evaluation API divides the buckets of a rule otherwise than clients do. Its bounds are against a
// table of what Go 1.26 gives for the same steps in 32-bit floats; they are read from Flipt's source, and not recorded.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { DocumentRule } from "../../../engines/document.ts";
import { boundDifferences, ruleDifferences } from "../../../engines/rules/differences.ts";
import { partedBuckets, serverBounds } from "../../../engines/rules/server_buckets.ts";
import { bucketOf } from "../../../cli/compare/questions.ts";
import { explanationText, FliptClient } from "../../../mod.ts";
import { testedEngines } from "../../support/engines.ts";

const { bounds }: {
  readonly bounds: readonly (readonly [
    shares: readonly number[],
    added: readonly number[],
    scaled: readonly number[],
  ])[];
} = JSON.parse(readFileSync(new URL("../../fixtures/server-values/go.json", import.meta.url), "utf8"));

function ruleOf(...rollouts: readonly number[]): DocumentRule {
  return {
    segmentOperator: "OR_SEGMENT_OPERATOR",
    segments: [{ key: "everyone", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [] }],
    distributions: rollouts.map((rollout, index) => ({ variantKey: "abcdefg".charAt(index), rollout })),
  };
}

/** The first entity in a bucket. */
function entityIn(flagKey: string, bucket: number): string {
  for (let number = 0;; number++) {
    const entityId = `user-${number}`;
    if (bucketOf({ flagKey, entityId }) === bucket) return entityId;
  }
}

test("the bounds of servers are those that Go computes", () => {
  assert.ok(bounds.length >= 40);
  for (const [shares, added, scaled] of bounds) {
    const rollouts = shares.map(Math.fround);
    assert.deepEqual(serverBounds(rollouts, "added"), added, `${shares}`);
    assert.deepEqual(serverBounds(rollouts, "scaled"), scaled, `${shares}`);
  }
});

test("buckets part where a share is cut off, and where nothing is left for the last ones", () => {
  const { distributions } = ruleOf(33.33, 33.33, 33.34);
  assert.deepEqual(partedBuckets(distributions, ["scaled"]), [666]);
  assert.deepEqual(partedBuckets(distributions, ["added"]), [666, 999]);
  assert.deepEqual(partedBuckets(distributions, ["added", "scaled"]), [666, 999]);
  assert.deepEqual(partedBuckets(distributions, []), []);
});

test("whole percents part only where 32-bit floats fall short of them", () => {
  const parted = Array.from({ length: 99 }, (_, index) => index + 1)
    .filter((share) => boundDifferences(ruleOf(share, 100 - share)).length > 0);
  assert.deepEqual(parted, [53, 59]);
});

test("one variant, none, shares of nothing and more than the whole part nowhere", () => {
  for (const rollouts of [[], [100], [0, 0], [50, 0, 50], [33.33, 33.33, 33.34, 33.33, 33.33, 33.34]]) {
    assert.deepEqual(boundDifferences(ruleOf(...rollouts)), [], `${rollouts}`);
  }
});

test("below 100 only the scaled bounds count: the rest is another difference", () => {
  assert.deepEqual(ruleDifferences(ruleOf(40, 40)), ["v1-distribution-sum"]);
  assert.deepEqual(ruleDifferences(ruleOf(20, 20, 20)), ["distribution-bound", "v1-distribution-sum"]);
  assert.deepEqual(boundDifferences(ruleOf(20, 20, 20)), [666]);
});

for (const { kind, options, skip } of await testedEngines()) {
  test(`${kind} rounds the bounds, and explain tells the entities that it matters to`, { skip }, async () => {
    const flag = {
      key: "thirds",
      name: "",
      type: "VARIANT_FLAG_TYPE",
      enabled: true,
      rules: [ruleOf(33.33, 33.33, 33.34)],
    };
    const fetcher = () => Promise.resolve(Response.json({ namespace: { key: "default" }, flags: [flag] }));
    using client = await FliptClient.init({ updateInterval: 0, fetcher, ...options });
    const rows = [[332, "a"], [333, "b"], [665, "b"], [666, "b"], [667, "c"], [998, "c"], [
      999,
      "c",
    ]] as const;
    for (const [bucket, variant] of rows) {
      const entityId = entityIn("thirds", bucket);
      assert.equal(client.evaluateVariant("thirds", entityId).variantKey, variant, `${bucket}`);
      const explanation = await client.explain("variant", "thirds", entityId);
      const told = (explanation.differences ?? []).map(({ difference }) => difference);
      assert.deepEqual(told, bucket === 666 || bucket === 999 ? ["distribution-bound"] : [], `${bucket}`);
      assert.equal(/the server's own API can differ/.test(explanationText(explanation)), told.length > 0);
    }
  });
}
