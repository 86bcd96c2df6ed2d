// The performance goals, as ratios where possible, which do not depend on the machine.

import { type Figure, figureOf, type RuntimeFigures, type WorkloadName } from "./figures.ts";
import type { SubjectName } from "./subjects/subject.ts";
import { PARTS } from "./parts.ts";

/** A goal for every runtime. */
export interface Goal {
  /** The workload. */
  readonly workload: WorkloadName;
  /** What is compared. */
  readonly title: string;
  /** Whether the target is a minimum or a maximum. */
  readonly bound: "at least" | "at most";
  /** Returns the target for a runtime. */
  target(runtime: RuntimeFigures["runtime"]): number;
  /** The unit of the target. */
  readonly unit: "x" | " ms" | " MB";
  /** Returns the measured number, or `undefined` when it was not measured. */
  actual(figures: readonly Figure[]): number | undefined;
}

type Own = "native" | "portable";

/** The targets for the native engine on Deno and Bun, the native engine on Node, and the portable engine. */
type Triple = readonly [native: number, nativeOnNode: number, portable: number];

const PEERS: readonly SubjectName[] = ["flagd", "unleash", "growthbook", "launchdarkly"];

function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined ? undefined : numerator / denominator;
}

function fasterThan(
  workload: WorkloadName,
  part: string,
  than: string,
  others: readonly SubjectName[],
  [native, onNode, portable]: Triple,
): Goal[] {
  return (["native", "portable"] as const).map((own) => ({
    workload,
    title: `${own} faster than ${than}${part === "" ? "" : ` (${part})`}`,
    bound: "at least",
    target: (runtime) => own === "portable" ? portable : runtime === "node" ? onNode : native,
    unit: "x",
    actual: (figures) => {
      const values = others.map((other) => figureOf(figures, workload, part, other)).filter((value) =>
        value !== undefined
      );
      return values.length === 0
        ? undefined
        : ratio(Math.min(...values), figureOf(figures, workload, part, own));
    },
  }));
}

/** Goals that a part takes at most `limit` times as long as another part of the same workload. */
function atMostTimes(
  workload: WorkloadName,
  title: string,
  part: string,
  base: string,
  limit: number,
): Goal[] {
  return (["native", "portable"] as const).map((own) => ({
    workload,
    title: `${own}: ${title}`,
    bound: "at most",
    target: () => limit,
    unit: "x",
    actual: (figures) =>
      ratio(figureOf(figures, workload, part, own), figureOf(figures, workload, base, own)),
  }));
}

/** Goals that the engines of this package take at most `limit` times as long as the floor. */
function ofFloor(workload: WorkloadName, part: string, floor: string, limit: number): Goal[] {
  return (["native", "portable"] as const).map((own) => ({
    workload,
    title: `${own}, of ${floor}${part === "" ? "" : ` (${part})`}`,
    bound: "at most",
    target: () => limit,
    unit: "x",
    actual: (figures) =>
      ratio(figureOf(figures, workload, part, own), figureOf(figures, workload, part, "floor")),
  }));
}

function loadsWithin(own: Own, limit: number): Goal {
  return {
    workload: "W8",
    title: `${own}: time to the first answer from 20 MB, of the official client's`,
    bound: "at most",
    target: () => limit,
    unit: "x",
    actual: (figures) =>
      ratio(
        figureOf(figures, "W8", PARTS.load(20), own),
        figureOf(figures, "W8", PARTS.load(20), "official"),
      ),
  };
}

function atMost(
  workload: WorkloadName,
  own: Own,
  title: string,
  part: string,
  limit: number,
  unit: " ms" | " MB",
): Goal {
  return {
    workload,
    title: `${own}: ${title}`,
    bound: "at most",
    target: () => limit,
    unit,
    actual: (figures) => figureOf(figures, workload, part, own),
  };
}

function nodeOrOther(node: number, other: number): Goal["target"] {
  return (runtime) => runtime === "node" ? node : other;
}

/** All goals, in the order of the table. */
export const GOALS: readonly Goal[] = [
  ...fasterThan("W1", "", "the official client", ["official"], [80, 50, 60]),
  ...fasterThan("W1", "", "the reference library", ["reference"], [30, 20, 25]),
  ...fasterThan("W1", "", "the fastest other product", PEERS, [4, 3, 3]),
  ...fasterThan("W2", "", "the official client", ["official"], [80, 50, 60]),
  ...atMostTimes("W3", "a batch of 10, of one evaluation", PARTS.batch, PARTS.single, 10.5),
  ...fasterThan("W4", PARTS.hit, "the official client", ["official"], [1000, 700, 1000]),
  ...fasterThan("W4", PARTS.miss, "the official client", ["official"], [1000, 700, 1000]),
  ...atMostTimes("W5", "a random one of 10,000 flags, of W1", "", PARTS.baseline, 2),
  ...atMostTimes("W6", "a context of 50 properties, of W1", "", PARTS.baseline, 2),
  ...atMostTimes("W7", "text beyond ASCII, of W1", "", PARTS.baseline, 2),
  loadsWithin("native", 0.5),
  loadsWithin("portable", 1),
  atMost("W9", "native", "longest gap while 20 MB are loaded", PARTS.gapLoad, 5, " ms"),
  atMost("W9", "native", "longest gap while 20 MB are refreshed", PARTS.gapRefresh, 5, " ms"),
  ...ofFloor("W9", PARTS.gapLoadHttp, "the runtime's own", 1.5),
  ...ofFloor("W9", PARTS.gapRefreshHttp, "the runtime's own", 1.5),
  atMost("W10", "native", "state of each further Worker", PARTS.perWorker, 1, " MB"),
  ...atMostTimes("W11", "100,000 flags, of 10 flags", PARTS.flags(100_000), PARTS.flags(10), 2),
  ...atMostTimes("W11", "a list of 100,000, of a list of 10", PARTS.list(100_000), PARTS.list(10), 2),
  ...atMostTimes("W11", "100 rules, of 10 rules", PARTS.rules(100), PARTS.rules(10), 11),
  ...(["native", "portable"] as const).map((own): Goal => ({
    workload: "W14",
    title: `${own}: cold start, of the official client's`,
    bound: "at most",
    target: () => 0.5,
    unit: "x",
    actual: (figures) =>
      ratio(
        figureOf(figures, "W14", PARTS.coldStart, own),
        figureOf(figures, "W14", PARTS.coldStart, "official"),
      ),
  })),
  ...(["native", "portable"] as const).flatMap((own) => [
    { ...atMost("W14", own, "import", PARTS.coldImport, 8, " ms"), target: nodeOrOther(8, 5) },
    atMost("W14", own, "init", PARTS.coldInit, 10, " ms"),
    atMost("W14", own, "the first evaluation", PARTS.coldFirst, 0.3, " ms"),
  ]),
  ...fasterThan("W15", "", "the official client", ["official"], [40, 40, 40]),
  ...fasterThan("W15", "", "the fastest other product", PEERS, [7, 7, 7]),
  ...ofFloor("W15", "", "an evaluator written by hand", 1.15),
  ...fasterThan("W16", "", "the official client", ["official"], [60, 60, 60]),
  ...fasterThan("W17", "", "the fastest other provider", PEERS, [1, 1, 1]),
  ...ofFloor("W17", "", "a provider that answers a constant", 1.3),
  ...atMostTimes("W18", "isEnabled, of evaluateBoolean", PARTS.isEnabled, PARTS.evaluateBoolean, 1.2),
  ...atMostTimes("W18", "variant, of evaluateVariant", PARTS.variant, PARTS.evaluateVariant, 1.2),
  ...atMostTimes("W18", "value, of evaluateVariant", PARTS.value, PARTS.evaluateVariant, 1.3),
  ...atMostTimes("W18", "evaluateAll, of the loop", PARTS.evaluateAll, PARTS.loop, 1),
];

/** Returns whether a number meets its goal. */
export function isMet(goal: Goal, actual: number, runtime: RuntimeFigures["runtime"]): boolean {
  const target = goal.target(runtime);
  return goal.bound === "at least" ? actual >= target : actual <= target;
}
