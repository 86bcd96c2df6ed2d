// Runs the benchmarks, one process per runtime and workload, one after the other, and prints the tables.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "../tasks/build_engine.ts";
import { reportStep, showProgress } from "../tasks/progress.ts";
import { referenceLibraryPath } from "../tasks/reference_library.ts";
import {
  type Runtime,
  RUNTIME_NAMES,
  type RuntimeName,
  RUNTIMES,
  testedRuntime,
  titleOf,
} from "../tasks/runtimes.ts";
import { endWithUsage, taskArguments } from "../tasks/usage.ts";
import { chart } from "./chart.ts";
import { FULL, QUICK } from "./effort.ts";
import {
  type Figure,
  FIGURES_PREFIX,
  type Results,
  type RuntimeFigures,
  type WorkloadName,
  WORKLOADS,
} from "./figures.ts";
import { median, quantile } from "./statistics.ts";
import { copySources, SOURCES_VARIABLE } from "./subjects/sources.ts";
import { type SubjectName, SUBJECTS } from "./subjects/subject.ts";
import { resultLines } from "./tables.ts";
import { makeColdProject } from "./workloads/w14_cold_start.ts";
import { ALL } from "./workloads/mod.ts";
import type { Assignment, Workload } from "./workloads/workload.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** Measures in a process of `runtime`. Its garbage collector is exposed, but only called by measurements of memory. */
function measure(
  runtime: Runtime,
  workload: Workload,
  assignment: Assignment,
  environment: Readonly<Record<string, string>>,
): Promise<Figure[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      runtime.executable,
      [...RUNTIMES[runtime.name].collectable, CHILD, workload.name, JSON.stringify(assignment)],
      { cwd: ROOT, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => output[stream] += text);
    }
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const line = output.stdout.split("\n").find((each) => each.startsWith(FIGURES_PREFIX));
      if (status === 0 && line !== undefined) return resolve(JSON.parse(line.slice(FIGURES_PREFIX.length)));
      reject(
        new Error(
          `${workload.name} failed on ${titleOf(runtime)} ` +
            `(${signal ?? `status ${status}`}) for ${JSON.stringify(assignment.task ?? {})}:\n` +
            `${output.stdout}${output.stderr}`,
        ),
      );
    });
  });
}

/** Merges the figures of several processes for the same thing into one. */
function mergeFigures(figures: readonly Figure[]): Figure[] {
  const groups = Map.groupBy(figures, ({ part, subject }) => `${subject} ${part}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const values = group.map(({ value }) => value).filter((value) => value !== undefined).toSorted((a, b) =>
      a - b
    );
    if (values.length === 0) return [first];
    return [{
      ...first,
      value: median(values),
      lower: quantile(values, 0.25),
      upper: quantile(values, 0.75),
    }];
  });
}

async function measureRuntime(
  runtime: Runtime,
  workloads: readonly Workload[],
  assignment: Assignment,
  environment: Readonly<Record<string, string>>,
): Promise<RuntimeFigures> {
  const title = titleOf(runtime);
  const figures: Figure[] = [];
  for (const workload of workloads) {
    const start = performance.now();
    const own: Figure[] = [];
    const tasks = workload.tasks?.(assignment.effort) ?? [undefined];
    for (const [index, task] of tasks.entries()) {
      if (task?.subject !== undefined && !assignment.subjects.includes(task.subject)) continue;
      showProgress(`${title}: ${workload.name}, ${index + 1} of ${tasks.length}`);
      own.push(...await measure(runtime, workload, { ...assignment, task }, environment));
    }
    figures.push(...mergeFigures(own));
    reportStep(`${title}: ${workload.name} took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return { runtime: runtime.name, version: runtime.version, figures };
}

/** Returns the available subjects, and prints a message for each that is not. Puts what they need into `folder`. */
async function availableSubjects(
  folder: string,
): Promise<{ subjects: SubjectName[]; environment: Record<string, string> }> {
  const missing = new Set<SubjectName>();
  const sources = join(folder, "sources");
  const environment: Record<string, string> = { [SOURCES_VARIABLE]: sources };
  const library = ensureEngine();
  if (library === undefined) missing.add("native");
  copySources(sources, library);
  try {
    environment["FLIPT_ENGINE_PATH"] = await referenceLibraryPath();
  } catch (error) {
    console.error(
      `\n!!! The reference library is missing and is NOT measured: ${(error as Error).message}\n`,
    );
    missing.add("reference");
  }
  return { subjects: SUBJECTS.filter((subject) => !missing.has(subject)), environment };
}

const USAGE = `usage: deno task bench [options]

Measures the engines and other clients, and prints a table per workload.

  --quick                 a smoke test: runs everything briefly, and its figures mean nothing
  --runtime <runtime>     only this one; may be repeated: ${RUNTIME_NAMES.join(", ")}
  --workload <workload>   only this one; may be repeated: ${WORKLOADS.join(", ")}
  --json <file>           also writes the figures
  --svg <file>            also draws the chart
  --from <file>           shows the figures in a file of --json instead of measuring
  --help                  show this help`;

function selected<Name extends string>(
  names: readonly string[] | undefined,
  known: readonly Name[],
  option: string,
): Name[] {
  for (const name of names ?? []) {
    if (!known.includes(name as Name)) {
      endWithUsage(USAGE, `--${option} must be one of ${known.join(", ")}, not ${name}`);
    }
  }
  return known.filter((name) => names?.includes(name) ?? true);
}

async function main(): Promise<void> {
  const { values } = taskArguments(USAGE, {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    svg: { type: "string" },
    from: { type: "string" },
    runtime: { type: "string", multiple: true },
    workload: { type: "string", multiple: true },
  });
  const results = values.from === undefined
    ? await run(
      selected(values.runtime, RUNTIME_NAMES, "runtime"),
      selected(values.workload, WORKLOADS, "workload"),
      values.quick,
    )
    : JSON.parse(readFileSync(values.from, "utf8")) as Results;
  console.log(`\n${resultLines(results).join("\n")}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.svg !== undefined) writeFileSync(values.svg, chart(results));
}

async function run(
  runtimes: readonly RuntimeName[],
  names: readonly WorkloadName[],
  isQuick: boolean,
): Promise<Results> {
  const install = spawnSync(process.execPath, ["install", "--quiet"], { cwd: ROOT, stdio: "inherit" });
  if (install.status !== 0) throw new Error("the development dependencies could not be installed");
  const workloads = ALL.filter(({ name }) => names.includes(name));
  const folder = mkdtempSync(join(tmpdir(), "flipt-bench-"));
  try {
    const { subjects, environment } = await availableSubjects(folder);
    if (names.includes("W14")) await makeColdProject(folder);
    const assignment: Assignment = { effort: isQuick ? QUICK : FULL, subjects, folder };
    const measured: RuntimeFigures[] = [];
    for (const name of runtimes) {
      const runtime = testedRuntime(name);
      measured.push(await measureRuntime(runtime, workloads, assignment, environment));
    }
    const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
    return { machine, date: new Date().toISOString(), isQuick, runtimes: measured };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();
