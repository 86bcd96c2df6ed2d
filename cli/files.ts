// Reads and writes the files that the user names. `-` is stdin. Errors name the file.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { FliptError } from "../core/errors.ts";
import { fileStore } from "../store/file.ts";
import { ensureReplaceable, replaceFile } from "../ffi/replace_file.ts";
import { cliMessage, isMissing, NotFoundError } from "./errors.ts";
import type { Io } from "./io.ts";

/** The permissions of a new file, before the umask. */
const FILE_MODE = 0o666;

/** Returns the name of a file for messages: `stdin` for `-`. */
export function sourceName(path: string): string {
  return path === "-" ? "stdin" : path;
}

/**
 * Returns the text of a file, or of stdin for `-`.
 * @throws {NotFoundError} (rejects) when the file does not exist.
 * @throws {FliptError} (rejects) when it cannot be read.
 */
export async function readText(path: string, io: Io): Promise<string> {
  if (path === "-") return await io.stdin();
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) throw new NotFoundError(`there is no file ${path}`, { cause: error });
    throw new FliptError(`cannot read ${path}: ${cliMessage(error)}`, { cause: error });
  }
}

/**
 * Makes sure that files or folders exist.
 * @throws {NotFoundError} when one does not.
 */
export function ensureFiles(paths: readonly string[]): void {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new NotFoundError(`there is no file or folder ${missing}`);
}

/**
 * Writes a file atomically, readable by its owner only.
 * @throws {FliptError} (rejects) when it cannot be written.
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  try {
    await fileStore(path).save(text);
  } catch (error) {
    throw new FliptError(`cannot write ${path}: ${cliMessage(error)}`, { cause: error });
  }
}

/**
 * Writes a file atomically.
 * @throws {FliptError} (rejects) when it cannot be written.
 */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await ensureReplaceable(path);
    await replaceFile(path, text, FILE_MODE);
  } catch (error) {
    const reason = isMissing(error) ? "there is no such folder" : cliMessage(error);
    throw new FliptError(`cannot write ${path}: ${reason}`, { cause: error });
  }
}
