// A workload, and the assignment of a process that measures it.

import type { Effort } from "../effort.ts";
import type { Figure, WorkloadName } from "../figures.ts";
import type { SubjectName } from "../subjects/subject.ts";

/** The assignment of a process. */
export interface Assignment {
  /** How much to measure. */
  readonly effort: Effort;
  /** The available subjects. Without its library, an engine is not available. */
  readonly subjects: readonly SubjectName[];
  /** A folder for documents, shared by the processes of a run. */
  readonly folder: string;
  /** The task, for a workload with several processes. */
  readonly task?: Task;
}

/** One process of a workload that needs several. */
export interface Task {
  /** The subject, if the process is for one. */
  readonly subject?: SubjectName;
  /** Distinguishes the processes of a subject. */
  readonly part: string;
}

/** Something that is measured on every runtime. */
export interface Workload {
  /** Its short name. */
  readonly name: WorkloadName;
  /** Its title in the tables. */
  readonly title: string;
  /** Returns one task per process, in order. Absent when one process measures all subjects. */
  tasks?(effort: Effort): readonly Task[];
  /** Measures in the current process. */
  measure(assignment: Assignment): Promise<readonly Figure[]>;
}

/**
 * Returns tasks that repeat a measurement in several processes; the tables show the median of their medians. Compiled
 * code and memory layout differ between processes, which changes the time of some subjects by a third.
 */
export function severalProcesses({ isQuick }: Effort): readonly Task[] {
  return Array.from({ length: isQuick ? 1 : 3 }, () => ({ part: "" }));
}
