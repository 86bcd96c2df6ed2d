// Runs the tests on Deno, Bun and Node, from the sources, and the crate's own; prints a line a stage. With `--runtime npm`
// it runs them against the npm package, on the oldest and the newest Node.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "./build_engine.ts";
import { hideProgress, reportStep, secondsSince } from "./progress.ts";
import { referenceLibraryPath } from "./reference_library.ts";
import {
  installedRuntime,
  RUNTIME_NAMES,
  type RuntimeName,
  RUNTIMES,
  testedRuntime,
  titleOf,
} from "./runtimes.ts";
import { isEssential, isWanted, nearestTests, testFile, testNames } from "./test_files.ts";
import { countsOf, runStages, type Stage, stageLine, type StageResult } from "./tests/stages.ts";
import { skippedTable, slowestTable } from "./tests/summary.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The tests of freshness, which run a second time with the option `tls` in place of the runtime's fetch. */
const FRESHNESS: readonly string[] = [
  "src/sources/fetcher_source",
  "src/sources/http_errors",
  "src/sources/http_request",
  "src/sources/http_response",
  "src/sources/http_version",
  "src/state/status",
  "src/sync/faults",
  "src/sync/polling",
  "src/sync/retries",
  "src/sync/stream_faults",
  "src/sync/streaming",
];

const SUITES: readonly string[] = [...RUNTIME_NAMES, "cargo", "npm"];

const USAGE = `usage: deno task test [<part of a file's path>]… [options]

Runs the tests that decide answers and freshness, on Deno, Bun and Node, and those of the crate. With parts, the test
files whose paths contain one, of all that there are.

  --all                 the other tests, too: packages, command line, pages, browsers, tasks (deno task test:all)
  --runtime <runtime>   only on this one; may be repeated: ${SUITES.join(", ")}. With npm,
                        against the npm package, on the oldest and the newest Node
  --verbose             shows all that the tests print, and which files take longest
  --help                show this help`;

/** Says what is missing, once; the table at the end has the tests that were skipped for it. */
function warn(what: string, error: unknown): void {
  hideProgress();
  console.error(`!!! ${what} is missing, and tests that need it are SKIPPED: ${(error as Error).message}`);
}

/** Gets what only some tests need, each with a line where that takes a while or fails. */
async function prepare(names: readonly string[], suites: readonly string[]): Promise<void> {
  try {
    await referenceLibraryPath();
  } catch (error) {
    warn("the reference library", error);
  }
  if (names.includes("tasks/targets")) {
    const { ensureLief } = await import("./targets/library_facts.ts");
    try {
      ensureLief();
    } catch (error) {
      warn("LIEF", error);
    }
  }
  const isPackaged = names.some((name) => name.startsWith("packages/npm"));
  if (suites.includes("npm") || suites.includes("node") && isPackaged) {
    (await import("./npm/tools.ts")).fetchTools();
  }
}

/** The stages of a runtime: from the sources, and over TLS. */
function runtimeStages(name: RuntimeName, names: readonly string[]): Stage[] {
  const runtime = testedRuntime(name);
  const stage = (title: string, tests: readonly string[], environment?: Record<string, string>): Stage => ({
    title,
    runtime: RUNTIMES[name].title,
    runs: tests.map((test) => ({
      runner: name,
      executable: runtime.executable,
      file: testFile(test),
      folder: ROOT,
      environment,
    })),
  });
  const title = titleOf(runtime);
  const again = names.filter((each) => FRESHNESS.includes(each));
  if (again.length === 0) return [stage(title, names)];
  if (spawnSync("openssl", ["version"]).status !== 0) {
    console.error(`!!! openssl is missing, and the tests of freshness over TLS are SKIPPED on ${title}`);
    return [stage(title, names)];
  }
  return [stage(title, names), stage(`${title}, over TLS`, again, { FLIPT_TEST_TRANSPORT: "tls" })];
}

/** The tests against the npm package, on the oldest Node that it is for and on the newest. */
async function packageStages(folder: string, parts: readonly string[]): Promise<Stage[]> {
  reportStep("Bundling the tests against the npm package …");
  const { bundleSuite, SUITE_NAMES } = await import("./npm/suite.ts");
  const { fetchTool } = await import("./npm/tools.ts");
  const { files } = await bundleSuite(folder, SUITE_NAMES.filter((name) => isWanted(name, parts)));
  const newest = installedRuntime("node");
  const executables = new Map([["Node 20", fetchTool("node20")], [titleOf(newest), newest.executable]]);
  return [...executables].map(([title, executable]) => ({
    title: `npm package, ${title}`,
    runtime: title,
    runs: files.map((file) => ({ runner: "node", executable, file, folder })),
  }));
}

/** The crate's own tests; none where there is no cargo, which was said when the engine was to be built. */
function crateStages(hasCargo: boolean): Stage[] {
  if (!hasCargo) return [];
  const folder = join(ROOT, "engines/native");
  return [{
    title: "the crate, by cargo",
    runtime: "cargo",
    runs: [{ runner: "cargo", executable: "cargo", file: "", folder }],
  }];
}

/** Prints what the lines of the stages do not say. */
function conclude(results: readonly StageResult[], left: number, start: number, isVerbose: boolean): void {
  const skipped = skippedTable(results);
  if (skipped.length > 0) console.log(`\n${skipped.join("\n")}`);
  if (isVerbose) console.log(`\n${slowestTable(results, 20).join("\n")}`);
  const all = countsOf(results.flatMap(({ files }) => files));
  console.log(`\n${stageLine("in all", all, (performance.now() - start) / 1000)}`);
  if (left > 0) {
    console.log(
      `Another ${left} test files, of packages, command line, pages, browsers and tasks, are for deno task test:all.`,
    );
  }
  const failed = results.flatMap(({ stage, files }) =>
    files.filter(({ isGood }) => !isGood).map(({ file }) =>
      `FAILED ${file || "cargo test"} on ${stage.title}`
    )
  );
  if (failed.length > 0) console.log(`\n${failed.join("\n")}`);
}

async function main(): Promise<void> {
  const { values, positionals: parts } = taskArguments(USAGE, {
    all: { type: "boolean", default: false },
    runtime: { type: "string", multiple: true },
    verbose: { type: "boolean", default: false },
  }, Infinity);
  const suites = values.runtime ?? [...RUNTIME_NAMES, "cargo"];
  const unknown = suites.find((name) => !SUITES.includes(name));
  if (unknown !== undefined) endWithUsage(USAGE, `--runtime is one of ${SUITES.join(", ")}, not ${unknown}`);
  const all = testNames();
  const gone = FRESHNESS.filter((name) => !all.includes(name));
  if (gone.length > 0) throw new Error(`FRESHNESS names tests that are not there: ${gone.join(", ")}`);
  for (const part of parts.filter((each) => !all.some((name) => isWanted(name, [each])))) {
    const near = nearestTests(part, all);
    const hint = near.length === 0 ? "" : `; the nearest are ${near.join(", ")}`;
    console.error(`no test file has ${JSON.stringify(part)} in its path${hint}`);
    process.exit(2);
  }
  const isWhole = values.all || parts.length > 0;
  const names = all.filter((name) => isWanted(name, parts) && (isWhole || isEssential(name)));

  const start = performance.now();
  const library = ensureEngine();
  await prepare(names, suites);
  const packaged = mkdtempSync(join(tmpdir(), "flipt-ffi-suite-"));
  try {
    const stages: Stage[] = RUNTIME_NAMES.filter((name) => suites.includes(name))
      .flatMap((name) => runtimeStages(name, names));
    if (suites.includes("npm")) stages.push(...await packageStages(packaged, parts));
    if (suites.includes("cargo") && parts.length === 0) stages.unshift(...crateStages(library !== undefined));
    const files = stages.reduce((count, { runs }) => count + runs.length, 0);
    console.log(`${files} test files in ${stages.length} stages; ready after ${secondsSince(start)}\n`);
    const results = await runStages(stages, values.verbose);
    conclude(results, isWhole ? 0 : all.length - names.length, start, values.verbose);
    if (results.length === 0 || !results.every(({ isGood }) => isGood)) process.exitCode = 1;
  } finally {
    rmSync(packaged, { recursive: true, force: true });
  }
}

await main();
