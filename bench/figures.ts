// The figures that every workload reports, from the measuring process to the tables.

import type { RuntimeName } from "../tasks/runtimes.ts";
import type { SubjectName } from "./subjects/subject.ts";

/** Begins the line on which a process prints its figures, since measured packages may print as well. */
export const FIGURES_PREFIX = "figures: ";

/** The workloads, in order. */
export const WORKLOADS = [
  "W1",
  "W2",
  "W3",
  "W4",
  "W5",
  "W6",
  "W7",
  "W8",
  "W9",
  "W10",
  "W11",
  "W12",
  "W13",
  "W14",
  "W15",
  "W16",
  "W17",
  "W18",
] as const;

/** The short name of a workload. */
export type WorkloadName = (typeof WORKLOADS)[number];

/** The unit of a figure: ns for a call, ms for a longer operation, MB for memory. */
export type Unit = "ns" | "ms" | "MB";

/** One measured number, or why there is none. */
export interface Figure {
  /** The workload. */
  readonly workload: WorkloadName;
  /** The part of the workload, such as `hit`: a title in the table. */
  readonly part: string;
  /** The subject. */
  readonly subject: SubjectName;
  /** The unit of the numbers. */
  readonly unit: Unit;
  /** The number: the median of several measurements. */
  readonly value?: number;
  /** The lower quartile. */
  readonly lower?: number;
  /** The upper quartile. */
  readonly upper?: number;
  /** Why there is no number, or under which conditions it was measured. */
  readonly note?: string;
}

/** All figures of one runtime. */
export interface RuntimeFigures {
  /** Its name. */
  readonly runtime: RuntimeName;
  /** Its version. */
  readonly version: string;
  /** The figures. */
  readonly figures: readonly Figure[];
}

/** The results of a run, as in a JSON file. */
export interface Results {
  /** The processor. */
  readonly machine: string;
  /** The time of the run, ISO 8601. */
  readonly date: string;
  /** Whether it was a quick run, whose figures mean nothing. */
  readonly isQuick: boolean;
  /** One entry per runtime. */
  readonly runtimes: readonly RuntimeFigures[];
}

/** Returns the figure of a subject, or `undefined` when it was not measured. */
export function figureOf(
  figures: readonly Figure[],
  workload: WorkloadName,
  part: string,
  subject: SubjectName,
): number | undefined {
  return figures.find((each) => each.workload === workload && each.part === part && each.subject === subject)
    ?.value;
}
