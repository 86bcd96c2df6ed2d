// The reference library for tests and benchmarks, downloaded once into a cache outside the repository. As a task,
// prints its path.

import process from "node:process";
import { installReferenceLibrary } from "../cli/reference_wheel.ts";
import { taskArguments } from "./usage.ts";

/**
 * Finds the reference library: that of `FLIPT_ENGINE_PATH`, or else the one in the cache, which it installs if missing.
 * @returns the path of the library.
 * @throws {Error} (rejects) when there is none for this platform, or it cannot be downloaded.
 */
export function referenceLibraryPath(): Promise<string> {
  return new Promise((resolve) => resolve(process.env["FLIPT_ENGINE_PATH"] || ensureReferenceLibrary()));
}

/**
 * Makes sure that the reference library is in the cache, with the expected SHA-256.
 * @returns the path of the library.
 * @throws {Error} when there is none for this platform, or it cannot be downloaded.
 */
export function ensureReferenceLibrary(): string {
  return installReferenceLibrary().path;
}

const USAGE = `usage: deno task engine:reference

Installs Flipt's reference library, if it is missing, and prints its path.

  --help   show this help`;

if (import.meta.main) {
  taskArguments(USAGE);
  referenceLibraryPath().then(console.log, (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
