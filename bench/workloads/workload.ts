// What a workload is, and the process that measures it.

import type { Effort } from "../effort.ts";
import type { Figure, WorkloadName } from "../figures.ts";
import type { SubjectName } from "../subjects/subject.ts";

/** What a process is told. */
export interface Assignment {
  /** How much to measure. */
  readonly effort: Effort;
  /** The subjects that there are; the engines that need a library are missing where it is. */
  readonly subjects: readonly SubjectName[];
  /** For documents: the processes of a run share it. */
  readonly folder: string;
  /** For a workload with a process a subject: which, and anything else that it has asked for. */
  readonly task?: Task;
}

/** One process of a workload that needs several. */
export interface Task {
  /** The subject that the process is for, when it is for one. */
  readonly subject?: SubjectName;
  /** Tells the processes of one subject apart. */
  readonly part: string;
}

/** Something that is measured on every runtime. */
export interface Workload {
  /** Its short name. */
  readonly name: WorkloadName;
  /** What it is, for the tables. */
  readonly title: string;
  /** The processes that it needs, in the order of running; absent when one process does for all subjects. */
  tasks?(effort: Effort): readonly Task[];
  /** Measures, in a process of the runtime. */
  measure(assignment: Assignment): Promise<readonly Figure[]>;
}

/**
 * The same in several processes, for the medians of which the tables then have the median: which code a compiler makes of
 * a subject, and where its data lies, differs from process to process by a third with some.
 */
export function severalProcesses({ isQuick }: Effort): readonly Task[] {
  return Array.from({ length: isQuick ? 1 : 3 }, () => ({ part: "" }));
}
