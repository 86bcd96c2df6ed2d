// The reference library for the tests and benchmarks, fetched once into a cache outside the repository.
// Run as a task it prints the path of the library.

import process from "node:process";
import { installReferenceLibrary } from "../cli/reference_wheel.ts";
import { taskArguments } from "./usage.ts";

/**
 * Finds the reference library: the file that `FLIPT_ENGINE_PATH` names, else the one in the cache, else the one on PyPI.
 * @returns the path of the library.
 * @throws {Error} (rejects) when there is none for this platform, or it cannot be downloaded.
 */
export function referenceLibraryPath(): Promise<string> {
  return new Promise((resolve) => resolve(process.env["FLIPT_ENGINE_PATH"] || ensureReferenceLibrary()));
}

/**
 * Makes sure that the reference library is in the cache and is the one that is meant.
 * @returns the path of the library.
 * @throws {Error} when there is none for this platform, or it cannot be downloaded.
 */
export function ensureReferenceLibrary(): string {
  return installReferenceLibrary().path;
}

const USAGE = `usage: deno task engine:reference

Fetches Flipt's reference library, unless it is there, and prints its path.

  --help   this text`;

if (import.meta.main) {
  taskArguments(USAGE);
  referenceLibraryPath().then(console.log, (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
