// The folder of built libraries: a file a target, and the manifest that says what each is.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LibraryEntry, type Manifest, targets } from "../../engines/native/manifest.ts";
import { ABI_VERSION } from "../../engines/native/symbols.ts";
import { version } from "../../core/version.ts";
import { libraryName } from "./cross_build.ts";

/** The folder, git-ignored. */
export const LIBRARIES: string = fileURLToPath(new URL("../../engines/native/libraries/", import.meta.url));

const MANIFEST = join(LIBRARIES, "manifest.json");

/** The name of a target's file in the folder. */
export function fileName(target: string): string {
  const name = libraryName(target);
  return target + name.slice(name.lastIndexOf("."));
}

/** What a file is. */
export function entryOf(target: string, path: string): LibraryEntry {
  const bytes = readFileSync(path);
  return {
    target,
    file: fileName(target),
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** What the manifest in the folder lists; nothing when there is none, or it is of another version of the sources. */
export function listedEntries(): LibraryEntry[] {
  if (!existsSync(MANIFEST)) return [];
  const manifest = JSON.parse(readFileSync(MANIFEST, "utf8")) as Manifest;
  return manifest.abiVersion === ABI_VERSION && manifest.version === version ? [...manifest.libraries] : [];
}

/** Whether the file of an entry is there, and is the one that was meant. */
export function isWhole({ target, file, sha256 }: LibraryEntry): boolean {
  const path = join(LIBRARIES, file);
  return existsSync(path) && entryOf(target, path).sha256 === sha256;
}

/** Puts a library into the folder. @returns what it is. */
export function store(target: string, library: string): LibraryEntry {
  mkdirSync(LIBRARIES, { recursive: true });
  const path = join(LIBRARIES, fileName(target));
  // By a rename: a process that has the old file open keeps it whole.
  copyFileSync(library, `${path}.new`);
  renameSync(`${path}.new`, path);
  return entryOf(target, path);
}

/** Writes the manifest of `entries`, which takes the place of the one that is there. */
export function writeManifest(entries: readonly LibraryEntry[]): void {
  const libraries = targets.flatMap((target) => entries.find((entry) => entry.target === target) ?? []);
  const manifest: Manifest = { abiVersion: ABI_VERSION, version, libraries };
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
