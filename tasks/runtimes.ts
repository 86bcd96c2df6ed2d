// The runtimes that the tests and benchmarks run on: the Deno that runs the task, and Bun and Node from npm, kept in a
// cache outside the repository.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The versions that are tested, in one place. */
export const VERSIONS = { bun: "1.4.5", node: "26.10.0" } as const;

/** A runtime that can be started. */
export interface Runtime {
  /** `deno`, `bun` or `node`. */
  readonly name: "deno" | "bun" | "node";
  /** Its version. */
  readonly version: string;
  /** Its executable. */
  readonly executable: string;
}

const PLATFORM = process.platform === "win32" ? "windows" : process.platform;
const EXECUTABLE_SUFFIX = process.platform === "win32" ? ".exe" : "";

/** The npm packages that hold the executables of this platform. */
const PACKAGES = {
  bun: {
    name: `@oven/bun-${PLATFORM}-${process.arch === "arm64" ? "aarch64" : process.arch}`,
    executable: `bin/bun${EXECUTABLE_SUFFIX}`,
  },
  node: {
    name: `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`,
    executable: `bin/node${EXECUTABLE_SUFFIX}`,
  },
} as const;

/** The folder for what tasks fetch: never inside the repository. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"] || process.env["LOCALAPPDATA"] || join(homedir(), ".cache");
  return join(base, "flipt-ffi");
}

/**
 * Finds Bun or Node, fetching it from npm the first time.
 * @throws {Error} when the package cannot be fetched; the message has what the package manager said.
 */
export function installedRuntime(name: "bun" | "node", version: string = VERSIONS[name]): Runtime {
  const { name: packageName, executable } = PACKAGES[name];
  const folder = join(cacheFolder(), "runtimes", `${name}-${version}`);
  const path = join(folder, "node_modules", packageName, executable);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "deno.json"), `{ "nodeModulesDir": "auto" }\n`);
    const manifest = { private: true, dependencies: { [packageName]: version } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    console.error(`Fetching ${packageName}@${version} from npm (once) …`);
    const { status, stderr } = spawnSync(process.execPath, ["install"], { cwd: folder, encoding: "utf8" });
    if (status !== 0 || !existsSync(path)) {
      throw new Error(`cannot fetch ${packageName}@${version}: ${stderr}`);
    }
  }
  return { name, version, executable: path };
}

/** The runtime that this task runs on. */
export function ownRuntime(): Runtime {
  const name = process.versions["deno"] ? "deno" : process.versions["bun"] ? "bun" : "node";
  return { name, version: process.versions[name] ?? "", executable: process.execPath };
}
