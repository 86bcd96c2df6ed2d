// Runs the programs of a tool, and says what came of each.

import { readFileSync } from "node:fs";
import { NODE20_VERSION } from "../npm/tools.ts";
import { titleOf, VERSIONS } from "../runtimes.ts";
import type { FlagsServer } from "./flags_server.ts";
import { Project } from "./project.ts";
import { problemOf } from "./report.ts";
import type { Case, RunsOn, Tool } from "./tool.ts";

/** What came of a program: a row of the table. */
export interface Row {
  /** The program, in words. */
  readonly program: string;
  /** The runtime, with its version. */
  readonly runsOn: string;
  /** The engine that has to run. */
  readonly engine: string;
  /** What has to work. */
  readonly works: readonly string[];
  /** What a user has to write for it. */
  readonly needs?: string;
  /** What went wrong; the first line says it. */
  readonly problem?: string;
}

/** What came of a tool. */
export interface ToolResult {
  readonly title: string;
  readonly version: string;
  readonly rows: readonly Row[];
}

/** What the programs of a tool are run with. */
export interface RunOptions {
  readonly server: FlagsServer;
  /** The tarball of the package. */
  readonly tarball: string;
  /** Whether the folder is left, to look into it. */
  readonly keeps: boolean;
  /** Called with what is being done. */
  readonly onStep: (text: string) => void;
}

const versions: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("./versions.json", import.meta.url), "utf8"),
);

/**
 * The version of a package that is installed, by its name; where there are several, `jest@29` is another than `jest`.
 * @throws {Error} when `versions.json` has none.
 */
export function versionOf(name: string): string {
  const version = name in VERSIONS ? VERSIONS[name as keyof typeof VERSIONS] : versions[name];
  if (version === undefined) throw new Error(`tasks/tools/versions.json has no version of ${name}`);
  return version;
}

/** The names in `versions.json`. */
export function pinnedNames(): readonly string[] {
  return Object.keys(versions);
}

/** The packages that a tool is installed with, by the names that programs import them by. */
export function dependenciesOf({ packages }: Pick<Tool, "packages">): Readonly<Record<string, string>> {
  return Object.fromEntries(packages.map((name) => [name.replace(/(?<=.)@.*$/, ""), versionOf(name)]));
}

/** Installs a tool and runs its programs, one after the other. */
export async function runTool(tool: Tool, options: RunOptions): Promise<ToolResult> {
  const { server, tarball, keeps, onStep } = options;
  const project = new Project(tool.name, server);
  const result = (rows: readonly Row[]): ToolResult => ({
    title: tool.title,
    version: versionOf(tool.versionOf),
    rows,
  });
  try {
    onStep(`${tool.title}: installing`);
    project.copyPrograms(tool.programs ?? tool.name);
    const dependencies = { "@flipt-ffi/client": `file:${tarball}`, ...dependenciesOf(tool) };
    const manifest = { private: true, type: tool.type ?? "module", dependencies };
    project.write({ "package.json": JSON.stringify(manifest, null, 2) });
    try {
      await project.install();
    } catch (error) {
      return result(tool.cases.map((each) => ({ ...rowOf(each), problem: messageOf(error) })));
    }
    const rows: Row[] = [];
    for (const [index, each] of tool.cases.entries()) {
      onStep(`${tool.title}: ${each.title}`);
      project.begin(`${tool.name}-${index}`, each);
      const problem = await problemOfCase(each, project);
      rows.push({ ...rowOf(each), ...(problem === undefined ? {} : { problem }) });
    }
    return result(rows);
  } finally {
    if (keeps) onStep(`${tool.title}: left in ${project.folder}`);
    else project[Symbol.dispose]();
  }
}

async function problemOfCase(each: Case, project: Project): Promise<string | undefined> {
  try {
    return problemOf(each, await each.run(project));
  } catch (error) {
    return messageOf(error);
  }
}

/** Returns the row of a program that works. */
export function rowOf({ title, runsOn = "node", engine, checks, needs }: Case): Row {
  return {
    program: title,
    runsOn: runtimeTitle(runsOn),
    engine,
    works: checks,
    ...(needs === undefined ? {} : { needs }),
  };
}

/** What a program runs on, with its version. */
export function runtimeTitle(runsOn: RunsOn): string {
  return runsOn === "node20"
    ? titleOf({ name: "node", version: NODE20_VERSION })
    : titleOf({ name: runsOn, version: VERSIONS[runsOn] });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
