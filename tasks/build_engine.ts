// Builds the native engine for this machine, if it is missing or older than its sources.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { builtLibraryPath } from "../engines/native/library_path.ts";
import { taskArguments } from "./usage.ts";

const CRATE = fileURLToPath(new URL("../engines/native/", import.meta.url));
const SOURCES = ["Cargo.toml", "Cargo.lock", "src"];

/** The profile of what is tested, measured and released. */
const RELEASE = "release";
/** Built in half the time, and not much slower: for a first look. */
const DEMO = "demo";

/** The Cargo arguments. The crate type is given here, since Cargo.toml does not specify a dynamic library. */
const BUILD = ["rustc", "--quiet", "--locked", "--lib", "--crate-type", "cdylib", "--profile"];

/** Returns the latest modification time below `path`, in milliseconds since 1970. */
function latestChange(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => latestChange(join(path, name))));
}

function isCurrent(library: string): boolean {
  if (!existsSync(library)) return false;
  return statSync(library).mtimeMs >= Math.max(...SOURCES.map((source) => latestChange(join(CRATE, source))));
}

/**
 * Makes sure that the library exists and is up to date.
 * @returns the path of the library; `undefined`, after a message, when it cannot be built.
 */
export function ensureEngine(): string | undefined {
  return ensureBuilt(RELEASE);
}

/** Makes sure that there is a library to look at: that of `ensureEngine` if it is up to date, else one that is built faster. */
export function ensureDemoEngine(): string | undefined {
  return isCurrent(builtLibraryPath(RELEASE)) ? builtLibraryPath(RELEASE) : ensureBuilt(DEMO);
}

function ensureBuilt(profile: string): string | undefined {
  const library = builtLibraryPath(profile);
  if (isCurrent(library)) return library;
  console.error("Building the native engine with cargo (once, and after each change of its sources) …");
  const start = performance.now();
  const { status, error } = spawnSync("cargo", [...BUILD, profile], { cwd: CRATE, stdio: "inherit" });
  if (status === 0 && existsSync(library)) {
    // Cargo leaves it as it is when its sources only look newer.
    utimesSync(library, new Date(), new Date());
    console.error(`The native engine is built, in ${((performance.now() - start) / 1000).toFixed(0)} s.`);
    return library;
  }
  const why = error === undefined
    ? `cargo exited with code ${status}`
    : `cargo cannot be started (${error.message})`;
  console.error(
    `\n!!! The native engine was NOT built: ${why}.\n!!! Install Rust (rustup.rs) to build it. Until then the portable engine is used.\n`,
  );
  return undefined;
}

const USAGE = `usage: deno task build:engine

Builds the native engine for this machine, if it is not up to date, and prints its path.

  --help   show this help`;

if (import.meta.main) {
  taskArguments(USAGE);
  const library = ensureEngine();
  if (library === undefined) process.exitCode = 1;
  else console.log(library);
}
