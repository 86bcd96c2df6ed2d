// Buckets: what becomes of shares that are nought, equal or more than a hundred together, and where a bucket's borders are.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bucketOf,
  bucketsWithin,
  compileDistributions,
  positionOf,
  THRESHOLD_BUCKETS,
  VARIANT_BUCKETS,
} from "../../../engines/rules/buckets.ts";

function compiled(...rollouts: number[]) {
  const sources = rollouts.map((rollout, n) => ({ variantKey: `v${n}`, rollout }));
  const { bounds, below, at } = compileDistributions(sources) ?? {};
  return { bounds, below: below?.map(({ key }) => key), at: at?.map(({ key }) => key) };
}

test("distributions without a share are none", () => {
  assert.equal(compileDistributions([]), undefined);
  // The least of these is nought in 32 bits.
  for (const rollout of [0, -1, 1e-50]) {
    assert.equal(compileDistributions([{ variantKey: "v", rollout }]), undefined);
  }
  assert.deepEqual(compiled(0, 100, 0).below, ["v1"]);
});

test("the bounds of shares ascend to the number of buckets", () => {
  assert.deepEqual(compiled(100), { bounds: [1000], below: ["v0"], at: ["v0"] });
  assert.deepEqual(compiled(25, 75), { bounds: [250, 1000], below: ["v0", "v1"], at: ["v0", "v1"] });
  assert.deepEqual(compiled(1, 1, 1), {
    bounds: [333, 667, 1000],
    below: ["v0", "v1", "v2"],
    at: ["v0", "v1", "v2"],
  });
});

test("of variants with one bound, the first gets what is below it, and a search tells who gets the bound itself", () => {
  assert.deepEqual(compiled(50, 0.001, 0.001, 49.998), {
    bounds: [500, 1000],
    below: ["v0", "v3"],
    at: ["v2", "v3"],
  });
  assert.deepEqual(compiled(50, 0.001, 49.999), {
    bounds: [500, 1000],
    below: ["v0", "v2"],
    at: ["v1", "v2"],
  });
  assert.deepEqual(compiled(99.99, 0.01), { bounds: [1000], below: ["v0"], at: ["v1"] });
});

test("shares that no float can add up keep every bound within reach", () => {
  // The sum is infinite: each share of it is nought, or no number.
  assert.deepEqual(compiled(3e38, 3e38), { bounds: [0, 1000], below: ["v0", "v1"], at: ["v0", "v1"] });
  assert.deepEqual(compiled(Infinity, 5).bounds, [0, 1000]);
});

test("bounds ascend, also where rounding has passed the last one", () => {
  // Each of the small shares is lost in the sum, and rounded up as a percentage: together they pass a hundred.
  const small = Array.from({ length: 20_000 }, () => 3.9);
  const { bounds, below } = compiled(1e8, ...small);
  assert.deepEqual(bounds, [1000, 1001]);
  assert.equal(below?.[0], "v0");
});

test("a checksum has a position among the bounds and a bucket below a threshold", () => {
  assert.deepEqual([0, 999, 1000, 0xffffffff].map(positionOf), [1, 1000, 1, 296]);
  assert.deepEqual([0, 99, 100, 0xffffffff].map(bucketOf), [0, 99, 0, 95]);
  assert.deepEqual([VARIANT_BUCKETS, THRESHOLD_BUCKETS], [1000, 100]);
});

test("a threshold holds for whole buckets", () => {
  const cases = [[0, 0], [-5, 0], [0.1, 1], [1, 1], [49.5, 50], [99.999, 100], [100, 100], [
    250,
    100,
  ]] as const;
  for (const [percentage, buckets] of cases) {
    assert.equal(bucketsWithin(percentage), buckets, `${percentage} %`);
  }
});
