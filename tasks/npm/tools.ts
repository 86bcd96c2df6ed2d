// The programs that tests of the npm package need beside Deno and Bun: other versions of Node, and package managers.
// They are fetched from npm once, into a cache outside the repository.

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

/** The tested versions. */
const TOOLS = {
  node20: { package: NODE, version: "20.20.2", file: NODE_FILE },
  node22: { package: NODE, version: "22.23.3", file: NODE_FILE },
  node24: { package: NODE, version: "24.21.0", file: NODE_FILE },
  npm: { package: "npm", version: "11.19.1", file: "bin/npm-cli.js" },
  pnpm: { package: "pnpm", version: "11.28.11", file: "bin/pnpm.mjs" },
  yarn: { package: "@yarnpkg/cli-dist", version: "4.18.1", file: "bin/yarn.js" },
  // The oldest that knows `Symbol.dispose`, which the types name.
  typescript52: { package: "typescript", version: "5.2.2", file: "bin/tsc" },
  vite: { package: "vite", version: "8.3.8", file: "bin/vite.js" },
} as const satisfies Readonly<Record<string, Tool>>;

/** The name of a program. */
export type ToolName = keyof typeof TOOLS;

/** All programs. */
export const TOOL_NAMES: readonly ToolName[] = Object.keys(TOOLS) as ToolName[];

/** The version of Node 20 that is tested. */
export const NODE20_VERSION: string = TOOLS.node20.version;

/** Returns the path of a program in the cache, or `undefined` when it has not been fetched. */
export function toolPath(name: ToolName): string | undefined {
  const path = pathOf(TOOLS[name]);
  return existsSync(path) ? path : undefined;
}

/**
 * Fetches a program, if it is missing. Only runs on Deno, whose package manager it uses.
 * @returns the path of the program.
 * @throws {Error} when it cannot be fetched; the message includes the package manager's output.
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

/** Fetches all programs. Warns about those that are not available, whose tests are skipped. */
export function fetchTools(): void {
  for (const name of TOOL_NAMES) {
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
