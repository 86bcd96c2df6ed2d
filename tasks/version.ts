// The version of the package in all files: `deno task version` prints it, `deno task version 1.2.3` sets it.

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { taskArguments } from "./usage.ts";

const ROOT = new URL("../", import.meta.url);

/** A file with the version, which is the second group of the pattern. The first and third group surround it. */
interface Place {
  readonly file: string;
  readonly pattern: RegExp;
}

/** All places. The version of deno.json is the leading one. */
const PLACES: readonly Place[] = [
  { file: "deno.json", pattern: /^( {2}"version": ")([^"]*)(")/m },
  { file: "core/version.ts", pattern: /^(export const version: string = ")([^"]*)(")/m },
  { file: "engines/native/Cargo.toml", pattern: /^(\[package\]\n(?:.+\n)*?version = ")([^"]*)(")/m },
  { file: "engines/native/Cargo.lock", pattern: /^(name = "flipt-ffi-engine"\nversion = ")([^"]*)(")/m },
];

/** A semantic version without build metadata. */
const VERSION =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?$/i;

/**
 * Returns the version in each file.
 * @throws {Error} when a file has no version.
 */
export function versions(root: URL = ROOT): ReadonlyMap<string, string> {
  return new Map(PLACES.map(({ file, pattern }) => {
    const version = pattern.exec(readFileSync(new URL(file, root), "utf8"))?.[2];
    if (version === undefined) throw new Error(`there is no version in ${file}: see tasks/version.ts`);
    return [file, version];
  }));
}

/**
 * Sets the version in all files.
 * @throws {Error} when it is not a valid version, or a file has no place for it; nothing is written then.
 */
export function setVersion(version: string, root: URL = ROOT): void {
  if (!VERSION.test(version)) {
    throw new Error(`${version} is not a valid version: use one such as 1.2.3 or 1.2.3-beta.1`);
  }
  versions(root);
  for (const { file, pattern } of PLACES) {
    const url = new URL(file, root);
    writeFileSync(
      url,
      readFileSync(url, "utf8").replace(pattern, (_, before, __, after) => before + version + after),
    );
  }
}

const USAGE = `usage: deno task version [<version>]

Prints the version in each file. With a version, such as 1.2.3, sets it first.

  --help   show this help`;

if (import.meta.main) {
  const [version] = taskArguments(USAGE, {}, 1).positionals;
  try {
    if (version !== undefined) setVersion(version);
    for (const [file, found] of versions()) console.log(`${found.padEnd(14)} ${file}`);
    if (version !== undefined) {
      console.log(`\nNext: add the entry in CHANGELOG.md, then run deno task release:check`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
