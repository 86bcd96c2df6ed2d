// What the tests of the npm package run beside Deno and Bun: other versions of Node and the package managers, fetched from
// npm once and kept in the cache outside the repository.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cacheFolder } from "../runtimes.ts";

/** A program of an npm package. */
interface Tool {
  readonly package: string;
  readonly version: string;
  /** The file to run, inside the package. */
  readonly file: string;
}

const NODE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const NODE_FILE = process.platform === "win32" ? "bin/node.exe" : "bin/node";

/** The versions that are tested, in one place. */
const TOOLS = {
  node20: { package: NODE, version: "20.20.2", file: NODE_FILE },
  node22: { package: NODE, version: "22.23.3", file: NODE_FILE },
  node24: { package: NODE, version: "24.21.0", file: NODE_FILE },
  npm: { package: "npm", version: "11.19.1", file: "bin/npm-cli.js" },
  pnpm: { package: "pnpm", version: "11.28.11", file: "bin/pnpm.mjs" },
  yarn: { package: "@yarnpkg/cli-dist", version: "4.18.1", file: "bin/yarn.js" },
  vite: { package: "vite", version: "8.3.8", file: "bin/vite.js" },
} as const satisfies Readonly<Record<string, Tool>>;

/** The name of a program that tests use. */
export type ToolName = keyof typeof TOOLS;

/** Every program. */
export const toolNames: readonly ToolName[] = Object.keys(TOOLS) as ToolName[];

/** Where a program is in the cache; `undefined` when it has not been fetched. */
export function toolPath(name: ToolName): string | undefined {
  const path = pathOf(TOOLS[name]);
  return existsSync(path) ? path : undefined;
}

/**
 * Fetches a program, unless it is there. Runs on Deno only, whose package manager it uses.
 * @throws {Error} when it cannot be fetched; the message has what the package manager said.
 */
export function fetchTool(name: ToolName): string {
  const tool = TOOLS[name];
  const path = pathOf(tool);
  if (existsSync(path)) return path;
  const folder = folderOf(tool);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "deno.json"), `{ "nodeModulesDir": "auto" }\n`);
  const manifest = { private: true, dependencies: { [tool.package]: tool.version } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  console.error(`Fetching ${tool.package}@${tool.version} from npm (once) …`);
  const { status, stderr } = spawnSync(process.execPath, ["install"], { cwd: folder, encoding: "utf8" });
  if (status !== 0 || !existsSync(path)) throw new Error(`cannot fetch ${tool.package}: ${stderr}`);
  return path;
}

/** Fetches every program; one that cannot be had is named, and the tests that need it are skipped. */
export function fetchTools(): void {
  for (const name of toolNames) {
    try {
      fetchTool(name);
    } catch (error) {
      console.error(`\n!!! ${name} is missing, and tests with it are SKIPPED: ${(error as Error).message}\n`);
    }
  }
}

function folderOf({ package: name, version }: Tool): string {
  return join(cacheFolder(), "runtimes", `${name.replace("/", "-")}-${version}`);
}

function pathOf(tool: Tool): string {
  return join(folderOf(tool), "node_modules", tool.package, tool.file);
}

if (import.meta.main) fetchTools();
