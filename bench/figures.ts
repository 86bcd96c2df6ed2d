// The one form in which every workload reports, from the process that measures to the tables.

import type { RuntimeName } from "../tasks/runtimes.ts";
import type { SubjectName } from "./subjects/subject.ts";

/** Begins the line on which a process prints its figures: packages print on their own account, too. */
export const FIGURES_PREFIX = "figures: ";

/** The workloads, in their order. */
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
] as const;

/** The short name of a workload. */
export type WorkloadName = (typeof WORKLOADS)[number];

/** What is measured: time of a call, time of a longer work, or memory. */
export type Unit = "ns" | "ms" | "MB";

/** One number, or why there is none. */
export interface Figure {
  /** The workload. */
  readonly workload: WorkloadName;
  /** Which part of the workload, such as `hit`; a title in the table. */
  readonly part: string;
  /** Whose number it is. */
  readonly subject: SubjectName;
  /** The unit of the numbers. */
  readonly unit: Unit;
  /** The number: the median where there are several measurements. */
  readonly value?: number;
  /** The quarter of the measurements below. */
  readonly lower?: number;
  /** The quarter of the measurements above. */
  readonly upper?: number;
  /** Why there is no number, or how it came about. */
  readonly note?: string;
}

/** All figures of one runtime. */
export interface RuntimeFigures {
  /** Its name. */
  readonly runtime: RuntimeName;
  /** Its version. */
  readonly version: string;
  /** What was measured on it. */
  readonly figures: readonly Figure[];
}

/** A run: what a JSON file of results holds. */
export interface Results {
  /** The processor. */
  readonly machine: string;
  /** When, ISO 8601. */
  readonly date: string;
  /** Whether it was a quick run, whose numbers mean nothing. */
  readonly isQuick: boolean;
  /** One entry a runtime. */
  readonly runtimes: readonly RuntimeFigures[];
}

/** The figure of a subject; `undefined` when it was not measured. */
export function figureOf(
  figures: readonly Figure[],
  workload: WorkloadName,
  part: string,
  subject: SubjectName,
): number | undefined {
  return figures.find((each) => each.workload === workload && each.part === part && each.subject === subject)
    ?.value;
}
