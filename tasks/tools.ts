// Programs in the tools that users run the package in: `deno task test:tools`. Prints a table, and fails when a program
// does not do what it has to.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ensureEngine } from "./build_engine.ts";
import { makePackage } from "./npm/build.ts";
import { reportStep, secondsSince, showProgress } from "./progress.ts";
import { tableLines } from "./table.ts";
import { startFlagsServer } from "./tools/flags_server.ts";
import { runTool, type ToolResult, versionOf } from "./tools/matrix.ts";
import { recordResults } from "./tools/results.ts";
import { TOOLS } from "./tools/rows.ts";
import type { Tool } from "./tools/tool.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const USAGE = `usage: deno task test:tools [<tool> …] [--quick] [--list] [--record] [--keep]

Builds and runs programs with the npm package in the tools that users have, against a Flipt test server.

  <tool>     run those whose names begin so (default: all)
  --quick    run only what is installed in seconds
  --list     print the tools and their versions, and run none
  --record   write the results to tasks/tools/results.json, where docs/tools.md has its table from
  --keep     leave the folders of the programs, and print where they are
  --help     show this help`;

/** The tools that are named, or all. */
function chosen(names: readonly string[], isQuick: boolean): readonly Tool[] {
  const unknown = names.find((name) => !TOOLS.some((tool) => tool.name.startsWith(name)));
  if (unknown !== undefined) endWithUsage(USAGE, `there is no tool '${unknown}'`);
  return TOOLS
    .filter(({ name }) => names.length === 0 || names.some((each) => isNamed(name, each)))
    .filter((tool) => !isQuick || tool.isQuick === true);
}

/** A name is taken for a beginning where no tool is called so. */
function isNamed(name: string, given: string): boolean {
  return TOOLS.some((tool) => tool.name === given) ? name === given : name.startsWith(given);
}

/** Makes the package, and packs it as npm publishes it. Returns the path of the tarball. */
async function packed(folder: string): Promise<string> {
  if (ensureEngine() === undefined) throw new Error("the matrix needs the native engine");
  await makePackage({ folder: join(folder, "package") });
  const { status, stderr } = spawnSync("npm", ["pack", "./package", "--silent"], {
    cwd: folder,
    encoding: "utf8",
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (status !== 0 || tarball === undefined) throw new Error(`npm pack failed: ${stderr}`);
  return join(folder, tarball);
}

/** Runs tools, one after the other. */
async function run(
  tools: readonly Tool[],
  keeps: boolean,
  records: boolean,
): Promise<ReadonlyMap<string, ToolResult>> {
  const folder = mkdtempSync(join(tmpdir(), "flipt-tools-package-"));
  try {
    showProgress("making the package");
    const tarball = await packed(folder);
    await using server = await startFlagsServer();
    const results = new Map<string, ToolResult>();
    for (const [index, tool] of tools.entries()) {
      const start = performance.now();
      const place = `${index + 1}/${tools.length}`;
      const onStep = (text: string): void =>
        (text.includes("left in") ? reportStep : showProgress)(`${place} ${text}`);
      const result = await runTool(tool, { server, tarball, keeps, onStep });
      results.set(tool.name, result);
      if (records) recordResults(TOOLS, results);
      const failed = result.rows.filter(({ problem }) => problem !== undefined);
      const outcome = failed.length === 0 ? "ok" : `${failed.length} FAILED`;
      reportStep(`${place} ${tool.title}: ${outcome} (${secondsSince(start)})`);
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(results: ReadonlyMap<string, ToolResult>): void {
  const rows = [...results.values()].flatMap(({ title, version, rows }) =>
    rows.map(({ program, runsOn, engine, works, problem }) => [
      `${title} ${version}`,
      program,
      runsOn,
      engine,
      problem === undefined ? works.join(", ") : `FAILED ${problem.split("\n")[0]}`,
    ])
  );
  const columns = ["tool", "program", "runs on", "engine", "works"].map((title) => ({ title }));
  for (const line of tableLines(columns, rows)) console.log(line);
  for (const { title, rows } of results.values()) {
    for (const { program, problem } of rows) {
      if (problem !== undefined) console.error(`\n--- ${title}, ${program}\n${problem}`);
    }
  }
}

async function main(): Promise<void> {
  const { values, positionals } = taskArguments(USAGE, {
    quick: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  }, Infinity);
  const tools = chosen(positionals, values.quick);
  if (values.list) {
    const rows = tools.map(({ name, title, versionOf: named, isQuick, cases }) => [
      name,
      `${title} ${versionOf(named)}`,
      isQuick === true ? "quick" : "",
      cases.map((each) => each.title).join("; "),
    ]);
    const columns = ["name", "tool", "", "programs"].map((title) => ({ title }));
    for (const line of tableLines(columns, rows)) console.log(line);
    return;
  }
  const results = await run(tools, values.keep, values.record);
  print(results);
  const rows = [...results.values()].flatMap((result) => result.rows);
  const failed = rows.filter(({ problem }) => problem !== undefined).length;
  console.log(`\n${rows.length - failed} ok, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

await main();
