// What the figures should be, as ratios that do not depend on the machine where that is possible.

import { type Figure, figureOf, type RuntimeFigures, type WorkloadName } from "./figures.ts";
import type { SubjectName } from "./subjects/subject.ts";
import { PARTS } from "./parts.ts";

/** Something to be reached on every runtime. */
export interface Goal {
  /** The workload that shows it. */
  readonly workload: WorkloadName;
  /** What it says. */
  readonly title: string;
  /** Whether the target is the least or the most. */
  readonly bound: "at least" | "at most";
  /** The target on a runtime. */
  target(runtime: RuntimeFigures["runtime"]): number;
  /** What stands behind the number. */
  readonly unit: "x" | " ms" | " MB";
  /** The number; `undefined` when what it needs was not measured. */
  actual(figures: readonly Figure[]): number | undefined;
}

type Own = "native" | "portable";

/** Targets of the native engine on Deno and Bun, of the native engine on Node, and of the portable engine. */
type Triple = readonly [native: number, nativeOnNode: number, portable: number];

const PEERS: readonly SubjectName[] = ["flagd", "unleash", "growthbook"];

function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined ? undefined : numerator / denominator;
}

function faster(
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

/** A part costs at most `limit` times another part of the same workload. */
function comparable(
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

function loading(own: Own, limit: number): Goal {
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

function plain(
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

/** All goals, in the order of the table. */
export const GOALS: readonly Goal[] = [
  ...faster("W1", "", "the official client", ["official"], [80, 50, 60]),
  ...faster("W1", "", "the reference library", ["reference"], [30, 20, 25]),
  ...faster("W1", "", "the fastest other product", PEERS, [4, 3, 3]),
  ...faster("W2", "", "the official client", ["official"], [80, 50, 60]),
  ...comparable("W3", "a batch of 10, of one evaluation", PARTS.batch, PARTS.single, 10.5),
  ...faster("W4", PARTS.hit, "the official client", ["official"], [1000, 700, 1000]),
  ...faster("W4", PARTS.miss, "the official client", ["official"], [1000, 700, 1000]),
  ...comparable("W5", "a random one of 10,000 flags, of W1", "", PARTS.baseline, 2),
  ...comparable("W6", "a context of 50 properties, of W1", "", PARTS.baseline, 2),
  ...comparable("W7", "text beyond ASCII, of W1", "", PARTS.baseline, 2),
  loading("native", 0.5),
  loading("portable", 1),
  plain("W9", "native", "longest gap while 20 MB are loaded", PARTS.gapLoad, 5, " ms"),
  plain("W9", "native", "longest gap while 20 MB are refreshed", PARTS.gapRefresh, 5, " ms"),
  plain("W10", "native", "state of each further Worker", PARTS.perWorker, 1, " MB"),
  ...comparable("W11", "100,000 flags, of 10 flags", PARTS.flags(100_000), PARTS.flags(10), 2),
  ...comparable("W11", "a list of 100,000, of a list of 10", PARTS.list(100_000), PARTS.list(10), 2),
  ...comparable("W11", "100 rules, of 10 rules", PARTS.rules(100), PARTS.rules(10), 11),
];

/** Whether a number reaches its goal. */
export function isMet(goal: Goal, actual: number, runtime: RuntimeFigures["runtime"]): boolean {
  const target = goal.target(runtime);
  return goal.bound === "at least" ? actual >= target : actual <= target;
}
