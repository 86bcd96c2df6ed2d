// Where the native engine's library is.

import { fileURLToPath } from "node:url";
import { currentPlatform } from "../../ffi/platform.ts";
import { EngineError } from "../../src/errors.ts";

/** The name of the crate's library, without what the platform puts before and after it. */
const NAME = "flipt_ffi_engine";

/**
 * The library that `deno task build:engine` makes for this platform, beside the sources.
 * @throws {EngineError} when the sources are not on a disk.
 */
export function builtLibraryPath(): string {
  const { libraryPrefix, librarySuffix } = currentPlatform();
  const url = new URL(`./target/release/${libraryPrefix}${NAME}${librarySuffix}`, import.meta.url);
  if (url.protocol !== "file:") {
    throw new EngineError(`the native engine needs its library as a file, and ${url.protocol} is none`);
  }
  return fileURLToPath(url);
}
