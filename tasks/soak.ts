// Lets clients live with a server, a Redis, a disk and a clock that fail in every way, on every runtime, and looks at each
// of their answers: deno task soak [-- --minutes 2 --runtime all --load 0.2 --seed 1]. Fails on an answer of no document
// that was ever served, on one older than the answer before, on an error nobody handles, on a client that does not
// recover in the end, and on memory, open files or threads that grow.

import process from "node:process";
import { Random } from "../tests/support/random.ts";
import { ensureEngine } from "./build_engine.ts";
import { hideProgress, reportStep, secondsSince, showProgress } from "./progress.ts";
import {
  ownRuntime,
  type Runtime,
  RUNTIME_NAMES,
  type RuntimeName,
  testedRuntime,
  titleOf,
} from "./runtimes.ts";
import { fit, isFlat, medians, minuteMeans, settled } from "./soak/figures.ts";
import { IS_POSSIBLE, trial, type TrialResult } from "./soak/trial.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

/** Runs that are shorter say nothing of growth, in minutes. */
const MIN_JUDGED_MINUTES = 10;
/** How many more files or threads may be open at the end: connections come and go. */
const MAX_MORE_FILES = 4;
const MAX_MORE_THREADS = 2;

const USAGE =
  `usage: deno task soak [--minutes <number>] [--runtime <name>] [--load <share>] [--seed <number>]

Clients on every runtime against a server, a Redis, a disk and a clock that fail in every way; every answer is checked.

  --minutes <number>   for how long, above 0 (default: 2)
  --runtime <name>     deno, bun, node or all, which run at the same time (default: all)
  --load <share>       the share of a core that the clients of a runtime use to evaluate (default: 0.2)
  --seed <number>      a whole number, where what happens by chance begins (default: the time)
  --help               show this help`;

/** What was found on a runtime, as lines, and whether it is good. */
interface Report {
  readonly lines: readonly string[];
  readonly isGood: boolean;
}

function report(result: TrialResult, minutes: number): Report {
  const { counts, samples, faults } = result;
  const problems: string[] = [];
  if (counts.wrong > 0) problems.push("wrong answers");
  if (counts.unhandled > 0) problems.push("unhandled errors");
  if (counts.evaluations === 0 || counts.swaps === 0) problems.push("nothing was tested");
  const lines = [
    `evaluations made        ${counts.evaluations}`,
    `refused under "strict"  ${counts.refused} batches`,
    `documents served        ${result.documents}, ${counts.ahead} batches not judged`,
    `states swapped          ${counts.swaps}`,
    `clients started         ${counts.started}, ${result.clients} at a time, of which ${counts.rejected} could not`,
    `faults                  ${Object.entries(faults).map(([name, count]) => `${name} ${count}`).join(", ")}`,
    `disk                    ${result.isDiskReal ? "a file system that is full" : "simulated"}`,
  ];
  const judged = settled(samples, minutes);
  const memory = fit(minuteMeans(judged));
  if (memory === undefined) lines.push("resident memory         not measured: too short, or not Linux");
  else {
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    lines.push(
      `resident memory         ${mb(memory.mean)} MB, slope ${mb(memory.slope)} MB an hour, standard error ` +
        `${mb(memory.error)} (${memory.points} minutes)`,
    );
    if (minutes >= MIN_JUDGED_MINUTES && !isFlat(memory)) problems.push("memory grows");
  }
  for (
    const [name, slack, pick] of [["files", MAX_MORE_FILES, "files"], [
      "threads",
      MAX_MORE_THREADS,
      "threads",
    ]] as const
  ) {
    const [first, last] = medians(judged.map((sample) => sample[pick]));
    lines.push(
      `open ${name.padEnd(19)}${first} in the first third, ${last} in the last`.replace(
        "open threads",
        "threads     ",
      ),
    );
    if (minutes >= MIN_JUDGED_MINUTES && last > first + slack) problems.push(`more and more ${name}`);
  }
  lines.push(`unhandled errors        ${counts.unhandled}`, `wrong answers           ${counts.wrong}`);
  lines.push(problems.length === 0 ? "ok" : `FAILED: ${problems.join(", ")}`);
  return { lines, isGood: problems.length === 0 };
}

async function soak(): Promise<number> {
  const { values } = taskArguments(USAGE, {
    minutes: { type: "string", default: "2" },
    runtime: { type: "string", default: "all" },
    load: { type: "string", default: "0.2" },
    seed: { type: "string" },
  });
  const minutes = Number(values.minutes);
  const load = Number(values.load);
  const seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  const names = RUNTIME_NAMES.filter((name) => values.runtime === "all" || values.runtime === name);
  if (!(minutes > 0) || !(load > 0 && load <= 1) || !Number.isSafeInteger(seed) || names.length === 0) {
    endWithUsage(
      USAGE,
      "--minutes must be above 0, --load from 0 to 1, --seed a whole number, --runtime a runtime",
    );
  }
  if (!IS_POSSIBLE) endWithUsage(USAGE, "processes cannot be stopped on Windows");
  const engines = ensureEngine() === undefined ? ["portable"] as const : ["native", "portable"] as const;
  const runtimes = names.map(testedRuntime);
  console.log(
    `${runtimes.map(titleOf).join(", ")}: ${minutes} minutes, ${
      engines.join(" and ")
    }, load ${load}, seed ${seed}`,
  );
  const begun = performance.now();
  const progress = setInterval(() => showProgress(`${secondsSince(begun)} of ${minutes * 60} s`), 1_000);
  const outcomes = await Promise.all(runtimes.map((runtime, index) => outcome(runtime, index)));
  clearInterval(progress);
  hideProgress();
  return outcomes.every((isGood) => isGood) ? 0 : 1;

  async function outcome(runtime: Runtime, index: number): Promise<boolean> {
    try {
      const random = new Random(seed + 100 + index);
      const serverRuntime = serverOf();
      const result = await trial({
        runtime,
        serverRuntime,
        engines,
        minutes,
        seed: seed + index,
        load,
        random,
      });
      const { lines, isGood } = report(result, minutes);
      reportStep("");
      console.log([`\n${titleOf(runtime)}`, ...lines].join("\n"));
      return isGood;
    } catch (error) {
      console.log(`\n${titleOf(runtime)}\nFAILED: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }
}

/** The server is the same for all. */
function serverOf(): Runtime {
  const name: RuntimeName = ownRuntime().name;
  return testedRuntime(name);
}

soak().then((code) => process.exit(code), (error: unknown) => {
  console.error(error);
  process.exit(2);
});
