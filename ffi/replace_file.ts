// Files that are never half written, and what is looked at before one is written.

import { FliptError, hasCode } from "../core/errors.ts";
import { builtin } from "./builtin_node.ts";

/** What the file system tells of the kind of what is at a path. */
interface EntryKind {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isFile(): boolean;
  isSocket(): boolean;
  isSymbolicLink(): boolean;
}

/** Nobody but the owner has business with them. */
const PRIVATE = 0o600;

/** What a temporary file is called after the name of the file that it becomes. */
const TEMPORARY = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Nobody writes to a temporary file any more that was not written to for this long. */
const STALE_MS = 60_000;

/**
 * Writes a file in one step: others see all of it, or what was there before. Its folder has to be there.
 * @param mode who may do what with it. @default its owner alone may read and write it
 * Whatever is at the path is replaced, links and devices, too: see `ensureReplaceable`.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number = PRIVATE,
): Promise<void> {
  const { open, rename, rm } = await builtin("node:fs/promises");
  const { randomUUID } = await builtin("node:crypto");
  // A name that no other process writes to at the same time; renaming works within a folder only.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      // A name that points to data not yet on the disk would be an empty file after a power failure. Node with
      // --permission has no such call: a file that was cut off then is no valid one, and is told from one when it is read.
      await file.sync().catch((error: unknown) => {
        if (!isDenied(error)) throw error;
      });
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Makes sure that nothing but a regular file would be replaced.
 * @throws {FliptError} (rejects) when something else is at the path.
 */
export async function ensureReplaceable(path: string): Promise<void> {
  const { lstat } = await builtin("node:fs/promises");
  const stats = await lstat(path).catch((error: unknown) => {
    if (isMissing(error) || isDenied(error)) return undefined;
    throw error;
  });
  if (stats !== undefined) ensureRegular(path, stats);
}

/** Deletes what processes that were killed while they wrote a file have left beside it. What cannot be deleted stays. */
export async function sweepTemporaries(path: string): Promise<void> {
  const { lstat, readdir, rm } = await builtin("node:fs/promises");
  const { basename, dirname, join } = await builtin("node:path");
  const name = basename(path);
  const folder = dirname(path);
  for (const each of await readdir(folder).catch(() => [])) {
    if (!each.startsWith(name) || !TEMPORARY.test(each.slice(name.length))) continue;
    const temporary = join(folder, each);
    const stats = await lstat(temporary).catch(() => undefined);
    if (stats?.isFile() && Date.now() - stats.mtimeMs > STALE_MS) await rm(temporary).catch(() => {});
  }
}

/**
 * Makes sure that what is at a path is a regular file.
 * @throws {FliptError} when it is something else.
 */
export function ensureRegular(path: string, stats: EntryKind): void {
  if (!stats.isFile()) throw new FliptError(`${path} is ${kindOf(stats)}, not a file: it is left as it is`);
}

function kindOf(stats: EntryKind): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Whether there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

/** Whether Node's permission model forbade it. */
export function isDenied(error: unknown): boolean {
  return hasCode(error, "ERR_ACCESS_DENIED");
}
