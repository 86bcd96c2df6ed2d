// Starting programs for the verification, and what cannot be started here.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cacheFolder } from "../runtimes.ts";

/** A proof is not possible on this machine; the message says what is missing. */
export class Skipped extends Error {}

/** How a program is started. */
export interface Command {
  /** The program, and what comes before the proof's own arguments. */
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** How the program writes the path of a file here. */
  readonly pathOf?: (path: string) => string;
}

/** Emulated, a runtime takes a while to start. */
const LONGEST_MILLISECONDS = 240_000;

/** Runs a program to its end. @returns what it printed. @throws {Error} when it fails; the message has what it said. */
export function run({ words, environment }: Command, parameters: readonly string[]): string {
  const [program = "", ...before] = words;
  const { status, signal, error, stdout, stderr } = spawnSync(program, [...before, ...parameters], {
    encoding: "utf8",
    timeout: LONGEST_MILLISECONDS,
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  if (status === 0) return stdout;
  const lines = (stderr ?? "").trim().split("\n");
  const said = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "";
  throw new Error(`${error?.message ?? signal ?? `status ${status}`}: ${said}`);
}

/** A file that setup_cross.sh --verify installs. @throws {Skipped} when it is not there. */
export function need(path: string): string {
  if (!existsSync(path)) throw new Skipped(`${path} is missing (tasks/setup_cross.sh --verify)`);
  return path;
}

/** A folder for what the verification makes, outside the repository. */
export function workFolder(name = ""): string {
  const folder = join(cacheFolder(), "verify", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * The folder of a package of npm, of this or another platform, fetched the first time.
 * @throws {Skipped} when it cannot be fetched.
 */
export function npmPackage(name: string, version: string): string {
  const folder = join(cacheFolder(), "runtimes", `${name.replace("/", "-")}-${version}`);
  const found = join(folder, "node_modules", name);
  if (existsSync(found)) return found;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "deno.json"), `{ "nodeModulesDir": "auto" }\n`);
  const manifest = { private: true, dependencies: { [name]: version } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  console.error(`Fetching ${name}@${version} from npm (once) …`);
  const { status, stderr } = spawnSync(process.execPath, ["install"], { cwd: folder, encoding: "utf8" });
  if (status !== 0 || !existsSync(found)) {
    throw new Skipped(`${name}@${version} cannot be fetched from npm: ${stderr.trim().split("\n").at(-1)}`);
  }
  return found;
}
