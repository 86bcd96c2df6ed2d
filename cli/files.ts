// Files that the user names: read whole, `-` for what comes in, with errors that name them.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { FliptError } from "../core/errors.ts";
import { fileStore } from "../store/file.ts";
import { replaceFile } from "../ffi/replace_file.ts";
import { isMissing, messageOf, NotFoundError } from "./errors.ts";
import type { Io } from "./io.ts";

/** As any program makes its files: who may do what is the umask's business. */
const ORDINARY = 0o666;

/**
 * The text of a file, or of the input for `-`.
 * @throws {NotFoundError} (rejects) when there is no such file.
 * @throws {FliptError} (rejects) when it cannot be read.
 */
export async function readText(path: string, io: Io): Promise<string> {
  if (path === "-") return await io.stdin();
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) throw new NotFoundError(`there is no file ${path}`, { cause: error });
    throw new FliptError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Makes sure that there are such files or folders.
 * @throws {NotFoundError} when there is one that is not.
 */
export function ensureFiles(paths: readonly string[]): void {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new NotFoundError(`there is no file or folder ${missing}`);
}

/**
 * Writes a file for its owner only, in one step: it is never half written.
 * @throws {FliptError} (rejects) when it cannot be written.
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  try {
    await fileStore(path).save(text);
  } catch (error) {
    throw new FliptError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Writes a file in one step: it is never half written.
 * @throws {FliptError} (rejects) when it cannot be written.
 */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text, ORDINARY);
  } catch (error) {
    const reason = isMissing(error) ? "there is no such folder" : messageOf(error);
    throw new FliptError(`cannot write ${path}: ${reason}`, { cause: error });
  }
}
