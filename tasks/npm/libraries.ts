// The native libraries that go into a package.

import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { builtLibraryPath } from "../../engines/native/library_path.ts";
import { type LibraryEntry, type Manifest, targetOf, targets } from "../../engines/native/manifest.ts";
import { ABI_VERSION } from "../../engines/native/symbols.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { describedPackage, ROOT } from "./entries.ts";

/** The output folder of the task `build:engines`. */
const LIBRARIES = join(ROOT, "engines/native/libraries");

/** The libraries of a package. */
export interface Libraries {
  /** Their manifest in the package. */
  readonly manifest: Manifest;
  /** Their file names in the package, and their current paths. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  /** Whether there is one for every platform. */
  readonly isComplete: boolean;
}

/** Returns whether `build:engines` has made libraries. */
export function hasBuiltLibraries(): boolean {
  return existsSync(join(LIBRARIES, "manifest.json"));
}

/**
 * Finds the libraries: those for all platforms, or else the one that was built for this machine, or else none.
 * @param version The version of the package.
 * @throws {Error} when those for all platforms were built from another version of the sources.
 */
export function findLibraries(version: string): Libraries {
  if (!hasBuiltLibraries()) return ownLibrary(version);
  const manifest = JSON.parse(readFileSync(join(LIBRARIES, "manifest.json"), "utf8")) as Manifest;
  const { version: expected } = describedPackage();
  if (manifest.version !== expected || manifest.abiVersion !== ABI_VERSION) {
    throw new Error(
      `the libraries in ${LIBRARIES} have version ${manifest.version} and ABI version ${manifest.abiVersion}, ` +
        `the sources ${expected} and ${ABI_VERSION}: run deno task build:engines`,
    );
  }
  const files = manifest.libraries.map(({ file }) => ({ name: file, path: join(LIBRARIES, file) }));
  return { manifest: { ...manifest, version }, files, isComplete: missingTargets(manifest).length === 0 };
}

/** Prints the libraries of a package, and warns about missing ones. */
export function reportLibraries({ manifest, isComplete }: Libraries): void {
  for (const { target, size } of manifest.libraries) console.log(`  ${target} ${size} bytes`);
  if (manifest.libraries.length === 0) {
    console.error(
      "\n!!! It contains NO native library: install Rust (rustup.rs), or run deno task build:engines.\n",
    );
  } else if (!isComplete) {
    console.error(`  no library for ${missingTargets(manifest).join(", ")}: run deno task build:engines`);
  }
}

function missingTargets({ libraries }: Manifest): string[] {
  return targets.filter((target) => !libraries.some((library) => library.target === target));
}

/** Copies the libraries into a folder. */
export function copyLibraries({ files }: Libraries, folder: string): void {
  for (const { name, path } of files) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    copyFileSync(path, join(folder, name));
  }
}

function ownLibrary(version: string): Libraries {
  const path = builtLibraryPath();
  const platform = currentPlatform();
  const target = targetOf(platform);
  const manifest = { abiVersion: ABI_VERSION, version };
  if (target === undefined || !existsSync(path)) {
    return { manifest: { ...manifest, libraries: [] }, files: [], isComplete: false };
  }
  const bytes = readFileSync(path);
  const file = `${target}${platform.librarySuffix}`;
  const entry: LibraryEntry = {
    target,
    file,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  return { manifest: { ...manifest, libraries: [entry] }, files: [{ name: file, path }], isComplete: false };
}
