// What the matrix gave when it was last recorded: read and written, and whether it is of the tools and versions that there
// are.

import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { rowOf, type ToolResult, versionOf } from "./matrix.ts";
import type { Tool } from "./tool.ts";

const RESULTS = new URL("./results.json", import.meta.url);

/** The results of tools, by their names. */
export type Results = Readonly<Record<string, ToolResult>>;

/** Returns what was recorded. */
export function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, "utf8"));
}

/** Records results, and keeps those of tools that were not run. */
export function recordResults(tools: readonly Tool[], results: ReadonlyMap<string, ToolResult>): void {
  const before = readResults();
  const all = tools.flatMap(({ name }) => {
    const result = results.get(name) ?? before[name];
    return result === undefined ? [] : [[name, withFirstLines(result)] as const];
  });
  writeFileSync(RESULTS, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** The output of tools has no place in the documentation. */
function withFirstLines(result: ToolResult): ToolResult {
  return {
    ...result,
    rows: result.rows.map((row) =>
      row.problem === undefined ? row : { ...row, problem: row.problem.split("\n")[0] }
    ),
  };
}

/** Returns why the results are not those of the tools, or `undefined` when they are, and every program works. */
export function resultsProblem(tools: readonly Tool[], results: Results): string | undefined {
  for (const tool of tools) {
    const result = results[tool.name];
    if (result === undefined) return `${tool.title} was not recorded`;
    if (result.version !== versionOf(tool.versionOf)) {
      return `${tool.title} was recorded as ${result.version}, and is ${versionOf(tool.versionOf)}`;
    }
    const recorded = result.rows.map(({ problem: _, ...row }) => row);
    if (!isDeepStrictEqual(recorded, tool.cases.map(rowOf))) {
      return `${tool.title} was recorded with other programs`;
    }
    const failed = result.rows.find(({ problem }) => problem !== undefined);
    if (failed !== undefined) return `${tool.title}, ${failed.program}: ${failed.problem}`;
  }
}
