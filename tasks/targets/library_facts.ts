// What built libraries say of themselves, as LIEF reads them: a Python package, which is fetched once, as
// requirements.txt pins it, into a cache outside the repository.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../runtimes.ts";

interface CommonFacts {
  readonly architecture: string;
  /** Whether it is a dynamic library, not a program. */
  readonly isLibrary: boolean;
  readonly exports: readonly string[];
  /** The libraries that the loader loads with it; in lower case for Windows. */
  readonly dependencies: readonly string[];
  /** Whether no symbols and no debug information are left that running it does not take. */
  readonly isStripped: boolean;
}

/** Of a Linux library. */
export interface ElfFacts extends CommonFacts {
  readonly format: "elf";
  /** The versions that it asks other libraries for, such as `GLIBC_2.14`. */
  readonly symbolVersions: readonly string[];
  readonly hasExecutableStack: boolean;
}

/** Of a macOS library. */
export interface MachOFacts extends CommonFacts {
  readonly format: "mach-o";
  /** The name that programs linked to it would look for; `""` where it has none. */
  readonly installName: string;
  /** The oldest macOS that loads it, such as `11.0`. */
  readonly minimumSystem: string;
  /** Whether the tables by which an exception finds its way are there. */
  readonly hasUnwindInfo: boolean;
  /** `null` where it is not signed. */
  readonly signature: SignatureFacts | null;
}

/** The hashes of a macOS library's pages. macOS on arm64 kills a process that runs a page whose hash is another. */
export interface SignatureFacts {
  /** Whether nobody's key stands for it. */
  readonly isAdHoc: boolean;
  /** Whether all of the file before the signature is covered. */
  readonly isComplete: boolean;
  /** How many pages have a hash. */
  readonly pages: number;
  /** How many of those are not what the file holds. */
  readonly wrongPages: number;
}

/** Of a Windows library. */
export interface PeFacts extends CommonFacts {
  readonly format: "pe";
  /** When it was linked, in seconds since 1970; 0 where the linker leaves that out. */
  readonly timestamp: number;
}

/** Of a file that is no whole library of 64 bits. */
export interface Damaged {
  readonly format: "damaged";
  readonly problem: string;
}

/** A library's facts, of whichever format it is. */
export type LibraryFacts = ElfFacts | MachOFacts | PeFacts;

const READER = fileURLToPath(new URL("read_libraries.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const PYTHONS = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];

/** Reads files, all at once, as the start of Python is most of the time that it takes. @throws {Error} without LIEF. */
export function readLibraries(paths: readonly string[]): (LibraryFacts | Damaged)[] {
  if (paths.length === 0) return [];
  const { python, folder } = ensureLief();
  // Without site packages: LIEF is the one that is pinned, not the user's.
  return JSON.parse(run(python, ["-S", READER, ...paths], { PYTHONPATH: folder, PYTHONUTF8: "1" }));
}

/** Makes sure that LIEF is in the cache. @throws {Error} when it cannot be; the message says what that takes. */
export function ensureLief(): { python: string; folder: string } {
  const python = PYTHONS.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (python === undefined) throw new Error("reading libraries takes Python 3 with pip");
  const [requirement = ""] = readFileSync(REQUIREMENTS, "utf8").match(/^\S+==\S+/m) ?? [];
  const version = run(python, ["-c", "import sys; print(sys.implementation.cache_tag)"]).trim();
  const folder = join(cacheFolder(), "python", `${requirement.replace("==", "-")}-${version}`);
  if (!existsSync(folder)) install(python, requirement, folder);
  return { python, folder };
}

function install(python: string, requirement: string, folder: string): void {
  console.error(`Fetching ${requirement} from PyPI (once) …`);
  const parent = join(folder, "..");
  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(join(parent, "install-"));
  try {
    const parameters = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"];
    run(python, [
      "-m",
      "pip",
      "install",
      ...parameters,
      "--target",
      temporary,
      "--requirement",
      REQUIREMENTS,
    ]);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function run(python: string, parameters: readonly string[], environment?: Record<string, string>): string {
  const { status, error, stdout, stderr } = spawnSync(python, parameters, {
    encoding: "utf8",
    maxBuffer: 100_000_000,
    env: { ...process.env, ...environment },
  });
  if (status === 0) return stdout;
  const said = error?.message ?? stderr.trim().split("\n").at(-1);
  throw new Error(`reading libraries takes Python 3 with pip, but ${python} failed: ${said}`);
}
