// Whether the benchmarks' tables, goals and chart say what the figures say, and whether their flags mean the same to all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chart } from "../../bench/chart.ts";
import type { Effort } from "../../bench/effort.ts";
import type { Figure, Results } from "../../bench/figures.ts";
import { resultLines } from "../../bench/tables.ts";
import { variant } from "../../bench/workloads/w01_variant.ts";

function w1(subject: Figure["subject"], value: number): Figure {
  return { workload: "W1", part: "", subject, unit: "ns", value };
}

function resultsOf(figures: readonly Figure[]): Results {
  return {
    machine: "1 x <abacus>",
    date: "2026-01-02T03:04:05.000Z",
    isQuick: false,
    runtimes: [{ runtime: "node", version: "26.10.0", figures }],
  };
}

test("a goal that a run reaches is met, and one that it misses is not", () => {
  const lines = resultLines(resultsOf([w1("native", 100), w1("portable", 200), w1("official", 10_000)]));
  const goal = (start: string): string | undefined => lines.find((line) => line.includes(start));
  assert.match(goal("native faster than the official client") ?? "", /50x +100x met$/);
  assert.match(goal("portable faster than the official client") ?? "", /60x +50\.0x NOT MET$/);
});

test("goals whose figures were not measured are left out of the table", () => {
  const text = resultLines(resultsOf([w1("native", 100), w1("portable", 200)])).join("\n");
  assert.doesNotMatch(text, /faster than/);
});

test("a table shows each subject's time and how many times those of the engines it is", () => {
  const lines = resultLines(resultsOf([w1("native", 100), w1("portable", 200), w1("unleash", 1500)]));
  assert.match(lines.find((line) => line.includes("unleash-client")) ?? "", /1,500 ns +15\.0x +7\.50x$/);
});

test("a subject that cannot do a workload is in the table with the reason", () => {
  const figures: Figure[] = [
    { workload: "W3", part: "batch of 10", subject: "native", unit: "ns", value: 1 },
    { workload: "W3", part: "batch of 10", subject: "unleash", unit: "ns", note: "has no batches" },
  ];
  const lines = resultLines(resultsOf(figures));
  assert.match(lines.find((line) => line.includes("unleash-client")) ?? "", /has no batches$/);
});

test("the chart has a bar for each figure that it shows, with its factor, between ticks of tens", () => {
  const w15 = (subject: Figure["subject"], value: number): Figure => ({
    ...w1(subject, value),
    workload: "W15",
  });
  const svg = chart(
    resultsOf([w15("native", 500), w15("official", 20_000), w15("floor", 400), w1("flagd", 1)]),
  );
  assert.equal(svg.match(/<circle /g)?.length, 3);
  assert.match(svg, /<title>Node 26\.10\.0, .*flipt-client-js: 20\.0 µs, 40\.0x<\/title>/);
  assert.match(svg, />500 ns<\/text>[^]*>40\.0x<\/text>[^]*>0\.80x<\/text>/);
  for (const tick of ["100 ns", "1 µs", "10 µs", "100 µs"]) assert.ok(svg.includes(`>${tick}</text>`), tick);
  assert.doesNotMatch(svg, /NaN/);
});

test("a workload checks the answers and gives a time to each subject", async () => {
  const effort: Effort = { rounds: 1, roundMs: 0.1, warmUpMs: 1, isQuick: true };
  const subjects = ["portable", "flagd", "unleash", "growthbook"] as const;
  const figures = await variant.measure({ effort, subjects, folder: "" });
  assert.deepEqual(figures.map(({ subject }) => subject), subjects);
  for (const { value } of figures) assert.ok(value !== undefined && value > 0);
});
