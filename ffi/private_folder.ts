// A folder that only its user can put something into: what is opened from there runs with all that the user may do.

import { currentPlatform } from "./platform.ts";
import { nodeProcess } from "./runtime.ts";
import { builtin } from "./builtin_node.ts";
import { EngineError } from "../core/errors.ts";
import { mayAskForUser, mayWrite } from "./library_permissions_deno.ts";

/** What the file system tells of a file or folder. */
export interface FileStats {
  /** The id of its owner; 0, which is root, on Windows. */
  readonly uid: number;
  /** The bits that say who may do what. */
  readonly mode: number;
  /** How many bytes it has. */
  readonly size: number;
  /** Whether it is a file, and not a link to one. */
  isFile(): boolean;
  /** Whether it is a folder, and not a link to one. */
  isDirectory(): boolean;
  /** Whether it is a link. */
  isSymbolicLink(): boolean;
}

/** That a group, or everybody, may write. */
const OTHERS_WRITE = 0o022;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const ROOT = 0;

/**
 * Looks at a folder that a library is to be opened from.
 * @returns whether it is there.
 * @throws {EngineError} (rejects) when it is none, is a link, or somebody else could have put something into it.
 */
export async function isPrivateFolder(path: string): Promise<boolean> {
  const stats = await statsOf(path);
  if (stats === undefined) return false;
  const advice = "remove it, and the library is kept in a new one";
  if (stats.isSymbolicLink()) throw refused(path, `is a symbolic link: ${advice}`);
  if (!stats.isDirectory()) throw refused(path, `is no folder: ${advice}`);
  if (hasForeignWriters(stats)) throw refused(path, `may be written to by other users: chmod 700 ${path}`);
  // On Windows a folder of the user's profile is closed to other users.
  if (currentPlatform().operatingSystem === "windows") return true;
  // Root may do everything anyhow.
  if (stats.uid !== ROOT && stats.uid !== await userId(path)) {
    throw refused(path, `belongs to another user: ${advice}`);
  }
  return true;
}

/** Makes the folder, where there is none, for its user alone. */
export async function makePrivateFolder(path: string): Promise<void> {
  const { mkdir } = await builtin("node:fs/promises");
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

/** Whether `file` belongs in a folder with these owners: it is a file, and nobody else can have kept it open for writing. */
export function isPrivateFile(file: FileStats, folder: FileStats): boolean {
  return file.isFile() && !hasForeignWriters(file) && (file.uid === folder.uid || file.uid === ROOT);
}

/** What is at `path` itself, links not followed; `undefined` where there is nothing. */
export async function statsOf(path: string): Promise<FileStats | undefined> {
  const { lstat } = await builtin("node:fs/promises");
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function hasForeignWriters({ mode }: FileStats): boolean {
  // Windows gives bits that mean nothing there.
  return currentPlatform().operatingSystem !== "windows" && (mode & OTHERS_WRITE) !== 0;
}

/** Who runs this process: asked for where that is allowed, else seen by a file that is made for it in `folder`. */
async function userId(folder: string): Promise<number | undefined> {
  if (await mayAskForUser()) {
    return (nodeProcess() as { readonly geteuid?: () => number } | undefined)?.geteuid?.();
  }
  if (!await mayWrite(folder)) {
    throw new EngineError(
      `Deno cannot tell whose folder ${folder} is: add --allow-sys=uid or --allow-write=${folder}`,
    );
  }
  const { open, rm } = await builtin("node:fs/promises");
  const probe = `${folder}/${crypto.randomUUID()}.tmp`;
  try {
    const file = await open(probe, "wx", FILE_MODE);
    try {
      return (await file.stat()).uid;
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`Deno cannot tell whose folder ${folder} is: add --allow-sys=uid (${reason})`, {
      cause,
    });
  }
}

function refused(path: string, why: string): EngineError {
  return new EngineError(`the native engine's library is not opened from ${path}, which ${why}`);
}
