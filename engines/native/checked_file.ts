// That a library is the one that the manifest means, byte by byte, before anything of it runs.

import { builtin } from "../../ffi/builtin_node.ts";
import { EngineError, errorText } from "../../core/errors.ts";
import { missingFlags } from "../../ffi/library_permissions_deno.ts";
import { sha256 } from "../../ffi/sha256.ts";
import type { LibraryEntry } from "./manifest.ts";

/** What every bundler's user can do. */
const BUNDLED = "keep its folder of libraries next to the bundle or give libraryPath";

/** Whether `bytes` are the library that `entry` describes. */
export async function isLibrary(bytes: Uint8Array<ArrayBuffer>, entry: LibraryEntry): Promise<boolean> {
  if (bytes.length !== entry.size) return false;
  return await sha256(bytes) === entry.sha256;
}

/**
 * Makes sure that a file is the library that `entry` describes. Never prompts.
 * @param path The file.
 * @param folder Where all libraries are, for the advice about permissions.
 * @param advice What to do where the package is bundled.
 * @throws {EngineError} (rejects) when it cannot be read or is another file.
 */
export async function checkFile(
  path: string,
  folder: string,
  entry: LibraryEntry,
  advice: string = BUNDLED,
): Promise<void> {
  if (!await isLibrary(await read(path, folder, advice), entry)) {
    throw new EngineError(
      `the library ${path} is not the one that belongs to this package (its size or SHA-256 differs): ` +
        `install the package again`,
    );
  }
}

async function read(path: string, folder: string, advice: string): Promise<Uint8Array<ArrayBuffer>> {
  const missing = await missingFlags(path, folder);
  if (missing.length > 0) {
    throw new EngineError(
      `Deno may not read the library ${path}, which is checked before it is opened: add ${missing.join(" ")}`,
    );
  }
  try {
    // Opening it reads it on this thread as well, and the two are done in half the time that a promise takes.
    return (await builtin("node:fs")).readFileSync(path);
  } catch (cause) {
    throw new EngineError(
      `cannot read the library ${path}: install the package again or, where it is bundled, ${advice} (${
        errorText(cause)
      })`,
      { cause },
    );
  }
}
