// Runs stages of tests, several files at a time, and says what came of each stage as soon as its last file ends.

import { availableParallelism } from "node:os";
import { hideProgress, showProgress } from "../progress.ts";
import { failureOutput, type FileResult, type FileRun, runFile } from "./run_file.ts";

/** Files that one runtime runs. */
export interface Stage {
  /** What people read, such as `Deno 2.9.6, over TLS`. */
  readonly title: string;
  /** The runtime by its short title: a column of the table of skipped tests. */
  readonly runtime: string;
  /** What to run. */
  readonly runs: readonly FileRun[];
}

/** What came of a stage. */
export interface StageResult {
  /** The stage. */
  readonly stage: Stage;
  /** What came of its files. */
  readonly files: readonly FileResult[];
  /** Whether each of them is good, and at least one test passed: a runner that finds nothing proves nothing. */
  readonly isGood: boolean;
}

/** The files that take longest, in seconds: they start first, so that none is left running alone at the end. */
const SLOW = /(?:^|\/)(?:memory|differential|recovery|generated|watch|python_names|docs|installed)\.test\./;

/** A line about a stage: its counts and its time. */
export function stageLine(
  title: string,
  { passed, failed, skipped }: Readonly<Record<"passed" | "failed" | "skipped", number>>,
  seconds: number,
): string {
  const mark = failed === 0 ? "ok    " : "FAILED";
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed`;
  return `${mark} ${title.padEnd(26)}${counts} ${String(skipped).padStart(4)} skipped ${
    seconds.toFixed(0).padStart(4)
  } s`;
}

/** How many tests passed, failed and were skipped; a file that failed as a whole counts as one that failed. */
export function countsOf(files: readonly FileResult[]): Record<"passed" | "failed" | "skipped", number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { cases, isGood } of files) {
    for (const { status } of cases) counts[status]++;
    if (!isGood && cases.every(({ status }) => status !== "failed")) counts.failed++;
  }
  return counts;
}

/**
 * Runs all stages.
 * @param isVerbose Whether everything that the runners print is shown, and not only what failed.
 */
export async function runStages(stages: readonly Stage[], isVerbose: boolean): Promise<StageResult[]> {
  const open = stages.map((stage) => ({ stage, start: 0, files: [] as FileResult[] }));
  const queue = open.flatMap((of) =>
    [...of.stage.runs].sort((a, b) => Number(SLOW.test(b.file)) - Number(SLOW.test(a.file)))
      .map((run) => ({ of, run }))
  );
  const total = queue.length;
  let done = 0;
  let failed = 0;
  const say = (text: string): void => {
    hideProgress();
    console.log(text);
  };
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { of, run } = next;
      if (of.start === 0) of.start = performance.now();
      showProgress(`${done} of ${total} files, ${failed} failed; ${of.stage.title}: ${run.file}`);
      const result = await runFile(run);
      of.files.push(result);
      done++;
      if (!result.isGood) failed++;
      const text = isVerbose ? result.output.trim() : failureOutput(result.output);
      if (isVerbose || !result.isGood) {
        const what = result.isGood ? "" : "FAILED ";
        say(`\n--- ${what}${run.file || "cargo test"} on ${of.stage.title}\n${text}\n---\n`);
      }
      if (of.files.length === of.stage.runs.length) {
        say(stageLine(of.stage.title, countsOf(of.files), (performance.now() - of.start) / 1000));
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  hideProgress();
  return open.map(({ stage, files }) => ({
    stage,
    files,
    isGood: files.every(({ isGood }) => isGood) && countsOf(files).passed > 0,
  }));
}
