// The copy of the checkout that mutants live in, so that the checkout itself is never seen with one. Kept between runs,
// and brought up to date by each.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installedRuntime } from "../runtimes.ts";

/** The folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Where the task has what it makes; no tool looks into this folder. */
export const WORK: string = join(ROOT, "engines/native/target/mutate");

const COPY = join(WORK, "copy");

/** What is built or installed once, and read by the tests of both. */
const SHARED: readonly string[] = ["node_modules", "engines/native/target"];

function tracked(): string[] {
  const { stdout, status } = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error("git does not list the files of this checkout");
  return stdout.split("\0").filter((path) => path !== "" && existsSync(join(ROOT, path)));
}

/** Copies what differs in time or length, and removes what is gone. Returns the folder. */
export function freshCopy(): string {
  const paths = tracked();
  for (const path of paths) {
    const [from, to] = [join(ROOT, path), join(COPY, path)];
    const { mtime, mtimeMs, size } = statSync(from);
    const there = statSync(to, { throwIfNoEntry: false });
    if (there !== undefined && there.size === size && Math.abs(there.mtimeMs - mtimeMs) < 2) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    utimesSync(to, mtime, mtime);
  }
  const wanted = new Set(paths);
  for (const folder of ["engines", "src", "tests"]) removeOthers(folder, wanted);
  for (const path of SHARED) {
    const link = join(COPY, path);
    if (!existsSync(link)) symlinkSync(join(ROOT, path), link, "junction");
  }
  return COPY;
}

/** Marks the sources of the crate in the copy as new: cargo goes by their times, and may have compiled mutants of them. */
export function touchCrate(): void {
  const folder = join(COPY, "engines/native/src");
  const now = new Date();
  for (const path of readdirSync(folder, { recursive: true })) {
    utimesSync(join(folder, String(path)), now, now);
  }
}

function removeOthers(folder: string, wanted: ReadonlySet<string>): void {
  for (const entry of readdirSync(join(COPY, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) removeOthers(path, wanted);
    else if (entry.isFile() && !wanted.has(path)) rmSync(join(COPY, path));
  }
}

/** The environment of a tool that starts `node` by name: the newest that is tested, which runs TypeScript. */
export function environment(): Record<string, string | undefined> {
  const { executable } = installedRuntime("node");
  const folder = join(WORK, "bin");
  const link = join(folder, process.platform === "win32" ? "node.exe" : "node");
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(executable, link);
  const separator = process.platform === "win32" ? ";" : ":";
  return {
    ...process.env,
    PATH: `${folder}${separator}${process.env["PATH"]}`,
    // Spares each run of the tests a third of its time.
    NODE_COMPILE_CACHE: join(WORK, "compiled"),
  };
}
