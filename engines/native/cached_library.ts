// Makes a file of the native library where the package has it as text: written once to the user's cache folder, and
// looked at, byte by byte, before each use.

import { currentPlatform } from "../../ffi/platform.ts";
import { loadFfi } from "../../ffi/mod.ts";
import { builtin } from "../../ffi/builtin_node.ts";
import { EngineError, errorText } from "../../core/errors.ts";
import { isDenied, replaceFile } from "../../ffi/replace_file.ts";
import { fromBase64 } from "../base64.ts";
import { type CacheFolder, cacheFolder } from "../../ffi/cache_folder.ts";
import { ensureLibraryPermissions, ensureWritePermission } from "../../ffi/library_permissions_deno.ts";
import { isLibrary } from "./checked_file.ts";
import type { LibraryEntry, LibraryModule } from "./manifest.ts";
import { isPrivateFile, isPrivateFolder, makePrivateFolder, statsOf } from "../../ffi/private_folder.ts";

/**
 * Gives the library of `entry` as a file in the user's cache folder, where it is written the first time. A file that is
 * there and is not this library byte by byte is replaced. Never prompts.
 * @param load Gives the library as base64; called only when there is no good file.
 * @returns the path of the file.
 * @throws {EngineError} (rejects) when there is no FFI to open it with, a permission is missing, the folder cannot be
 * used or is not the user's alone, or the text is not the library.
 */
export async function cachedLibrary(entry: LibraryEntry, load: LibraryModule): Promise<string> {
  const found = await cacheFolder();
  await ensureLibraryPermissions(found);
  await loadFfi();
  const folder = known(found);
  const { operatingSystem, librarySuffix } = currentPlatform();
  const separator = operatingSystem === "windows" ? "\\" : "/";
  const path = `${folder}${separator}${entry.target}-${entry.sha256}${librarySuffix}`;
  try {
    if (await isPrivateFolder(folder) && await isGood(path, folder, entry)) return path;
    await ensureWritePermission(folder);
    const bytes = await loaded(entry, load);
    await makePrivateFolder(folder);
    // Somebody else can have made it meanwhile.
    await isPrivateFolder(folder);
    await write(path, folder, entry, bytes);
    return path;
  } catch (cause) {
    throw cause instanceof EngineError ? cause : unusable(folder, cause);
  }
}

function known({ path, variable, shown }: CacheFolder): string {
  if (path !== undefined) return path;
  throw new EngineError(
    `the native engine's library needs a folder to be kept in, ${shown}, and ${variable} is not set to an absolute ` +
      `path: set it, or give the library's file as libraryPath`,
  );
}

/** Whether the file is the library, and can be no other one a moment later. */
async function isGood(path: string, folder: string, entry: LibraryEntry): Promise<boolean> {
  const [file, owner] = await Promise.all([statsOf(path), statsOf(folder)]);
  if (file === undefined || owner === undefined || !isPrivateFile(file, owner)) return false;
  if (file.size !== entry.size) return false;
  const { readFile } = await builtin("node:fs/promises");
  return await isLibrary(new Uint8Array(await readFile(path)), entry);
}

async function loaded(entry: LibraryEntry, load: LibraryModule): Promise<Uint8Array> {
  let text: string;
  try {
    text = (await load()).library;
  } catch (cause) {
    const reason = errorText(cause);
    throw new EngineError(
      `the native engine's library for ${entry.target} could not be loaded from the package: run once with access to ` +
        `the registry (${reason})`,
      { cause },
    );
  }
  const bytes = fromBase64(text);
  if (bytes === undefined || !await isLibrary(new Uint8Array(bytes), entry)) {
    throw new EngineError(
      `the package's native library for ${entry.target} is damaged (its size or SHA-256 differs): ` +
        `load the package again`,
    );
  }
  return bytes;
}

async function write(path: string, folder: string, entry: LibraryEntry, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, bytes);
  } catch (error) {
    // Windows does not replace a file that another process has opened; that one has been looked at, too.
    if (!await isGood(path, folder, entry)) throw error;
  }
}

function unusable(folder: string, cause: unknown): EngineError {
  const reason = errorText(cause);
  const advice = isDenied(cause)
    ? `add --allow-fs-read=${folder} --allow-fs-write=${folder}`
    : "make it a folder that can be written to, or give the library's file as libraryPath";
  return new EngineError(`the native engine's library cannot be kept in ${folder}: ${advice} (${reason})`, {
    cause,
  });
}
