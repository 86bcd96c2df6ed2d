// The runtimes that the tests and benchmarks run on: their names, versions and how they are started. They are the Deno
// that runs the task, and Bun and Node from npm, kept in a cache outside the repository.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The versions that are tested, in one place. */
export const VERSIONS = { deno: "2.9.6", bun: "1.4.5", node: "26.10.0" } as const;

/** The name of a runtime. */
export type RuntimeName = keyof typeof VERSIONS;

/** How a runtime is called, and what comes before the file that it is started with. */
export interface RuntimeDescription {
  /** What people call it. */
  readonly title: string;
  /** The parameters that run a program. */
  readonly program: readonly string[];
  /** Those that run a program which calls `gc()`; Bun has a function of its own for that. */
  readonly collectable: readonly string[];
  /** Those that run test files. */
  readonly test: readonly string[];
}

const NO_WARNING = "--disable-warning=ExperimentalWarning";
const DENO_RUN = ["run", "-A", "--no-check", "--quiet"] as const;

/** Every runtime, in the order in which all tables have them. */
export const RUNTIMES: Readonly<Record<RuntimeName, RuntimeDescription>> = {
  deno: {
    title: "Deno",
    program: DENO_RUN,
    collectable: [...DENO_RUN, "--v8-flags=--expose-gc"],
    test: ["test", "-A", "--no-check", "--quiet"],
  },
  bun: { title: "Bun", program: [], collectable: [], test: ["test", "--timeout", "600000"] },
  node: {
    title: "Node",
    program: [NO_WARNING],
    collectable: [NO_WARNING, "--expose-gc"],
    test: [NO_WARNING, "--test", "--test-reporter=spec"],
  },
};

/** The names of all runtimes, in that order. */
export const RUNTIME_NAMES: readonly RuntimeName[] = Object.keys(RUNTIMES) as RuntimeName[];

/** A runtime that can be started. */
export interface Runtime {
  /** Its name. */
  readonly name: RuntimeName;
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
export function installedRuntime(
  name: Exclude<RuntimeName, "deno">,
  version: string = VERSIONS[name],
): Runtime {
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
  // Deno and Bun name the Node that they are compatible with, too.
  const name = RUNTIME_NAMES.find((each) => process.versions[each] !== undefined) ?? "node";
  return { name, version: process.versions[name] ?? "", executable: process.execPath };
}

/** Deno as it runs the task, or Bun or Node as they are fetched. */
export function testedRuntime(name: RuntimeName): Runtime {
  return name === "deno" ? ownRuntime() : installedRuntime(name);
}

/** A runtime with its version, such as `Deno 2.9.6`. */
export function titleOf({ name, version }: Pick<Runtime, "name" | "version">): string {
  return `${RUNTIMES[name].title} ${version}`;
}
