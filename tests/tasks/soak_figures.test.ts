// What the soak test makes of its figures: what grows is told from what only goes up and down.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fit, isFlat, medians, minuteMeans, sampleOf, settled } from "../../tasks/soak/figures.ts";
import type { Sample } from "../../tasks/soak/figures.ts";
import { Random } from "../support/random.ts";

/** An hour of samples, one for five seconds. */
function hour(memoryAt: (seconds: number) => number): Sample[] {
  return Array.from({ length: 720 }, (_, index) => ({
    seconds: index * 5,
    memory: memoryAt(index * 5),
    files: 20,
    threads: 10,
  }));
}

test("a line is found with its slope, its error and its mean", () => {
  const line = fit([[0, 10], [1800, 11], [3600, 12]]);
  assert.deepEqual(line, { slope: 2, error: 0, mean: 11, points: 3 });
  assert.equal(fit([[0, 10], [1, 11]]), undefined);
});

test("memory that goes up and down is flat, memory that grows is not", () => {
  const random = new Random(1);
  const noise = (): number => random.below(20e6);
  const steady = fit(minuteMeans(settled(hour(() => 100e6 + noise()), 60)));
  assert.ok(steady !== undefined && isFlat(steady), JSON.stringify(steady));
  assert.equal(steady.points, 50);
  const growing = fit(minuteMeans(settled(hour((seconds) => 100e6 + noise() + seconds * 3_000), 60)));
  assert.ok(growing !== undefined && !isFlat(growing), JSON.stringify(growing));
  // It only comes to rest in its first minutes.
  const warming = fit(minuteMeans(settled(hour((s) => 100e6 + noise() + Math.min(s, 600) * 100_000), 60)));
  assert.ok(warming !== undefined && isFlat(warming), JSON.stringify(warming));
});

test("medians are those of the first and the last third", () => {
  assert.deepEqual(medians([1, 2, 3, 50, 50, 50, 7, 8, 9]), [2, 8]);
});

test("a process is looked at while it runs", {
  skip: process.platform !== "linux" && "only Linux tells",
}, () => {
  const sample = sampleOf(process.pid, 1);
  assert.ok(sample !== undefined && sample.memory > 1e6 && sample.files > 0 && sample.threads > 0);
  assert.equal(sampleOf(2 ** 30, 1), undefined);
});
