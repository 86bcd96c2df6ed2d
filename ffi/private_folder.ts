// A folder that only its user can put something into: what is opened from there runs with all that the user may do.

import { currentPlatform } from "./platform.ts";
import { nodeProcess } from "./runtime.ts";
import { builtin } from "./builtin_node.ts";
import { EngineError, errorText, hasCode } from "../core/errors.ts";
import { mayAskForUser, mayRead, mayWrite } from "./library_permissions_deno.ts";
import { isDenied } from "./replace_file.ts";

/** What the file system tells of a file or folder. */
export interface FileStats {
  /** The id of its owner; 0, which is root, on Windows. */
  readonly uid: number;
  /** The id of its group; 0 on Windows. */
  readonly gid: number;
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

const GROUP_WRITES = 0o020;
const EVERYBODY_WRITES = 0o002;
/** That a group, or everybody, may write. */
const OTHERS_WRITE: number = GROUP_WRITES | EVERYBODY_WRITES;
/** That nobody may rename or remove what is another's in a folder, whoever may write to it: `/tmp` has this. */
const STICKY = 0o1000;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const ROOT = 0;

/**
 * Looks at a folder that a library is to be opened from.
 * @returns whether it is there.
 * @throws {EngineError} (rejects) when it is none, is a link, or somebody else could have put something into it, or could
 * put another folder in its place.
 */
export async function isPrivateFolder(path: string): Promise<boolean> {
  const stats = await statsOf(path);
  if (stats === undefined) return false;
  const advice = "remove it, and the library is kept in a new one";
  if (stats.isSymbolicLink()) throw refused(path, `is a symbolic link: ${advice}`);
  if (!stats.isDirectory()) throw refused(path, `is not a folder: ${advice}`);
  if (hasForeignWriters(stats)) throw refused(path, `may be written to by other users: chmod 700 ${path}`);
  // On Windows a folder of the user's profile is closed to other users.
  if (currentPlatform().operatingSystem === "windows") return true;
  // Root may do everything anyhow.
  if (stats.uid !== ROOT && stats.uid !== await userId(path)) {
    throw refused(path, `belongs to another user: ${advice}`);
  }
  await checkParents(path, stats.uid);
  return true;
}

/**
 * Looks at the folders above one of `owner`, links to them included: who may rename in one of them can put another folder in
 * the place of what was looked at. What may not be looked at, under a permission of the runtime's, is left out.
 */
async function checkParents(path: string, owner: number): Promise<void> {
  const { realpath } = await builtin("node:fs/promises");
  const real = await mayRead("/") ? await realpath(path).catch(() => path) : path;
  for (const parent of new Set([...parentsOf(path), ...parentsOf(real)])) {
    if (!await mayRead(parent)) continue;
    const stats = await statsOf(parent).catch((error: unknown) => {
      if (isDenied(error)) return undefined;
      throw error;
    });
    if (stats === undefined) continue;
    const above = `is in ${parent}, which`;
    if (stats.uid !== ROOT && stats.uid !== owner && stats.uid !== await userId(path)) {
      throw refused(path, `${above} belongs to another user`);
    }
    // What a link may be used for is no matter of its own bits.
    if (stats.isSymbolicLink() || (stats.mode & STICKY) !== 0) continue;
    // A group that has the number of a user has no other member, where users get a group each.
    const isOwnGroup = stats.gid === owner;
    if ((stats.mode & EVERYBODY_WRITES) !== 0 || ((stats.mode & GROUP_WRITES) !== 0 && !isOwnGroup)) {
      throw refused(path, `${above} may be written to by other users: chmod go-w ${parent}`);
    }
  }
}

/** The folders above an absolute path, from the root on. */
function parentsOf(path: string): string[] {
  const steps = path.split("/").slice(1, -1);
  return ["/", ...steps.map((_, place) => `/${steps.slice(0, place + 1).join("/")}`)];
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
    if (hasCode(error, "ENOENT")) return undefined;
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
    const reason = errorText(cause);
    throw new EngineError(`Deno cannot tell whose folder ${folder} is: add --allow-sys=uid (${reason})`, {
      cause,
    });
  }
}

function refused(path: string, why: string): EngineError {
  return new EngineError(`the native engine's library is not opened from ${path}, which ${why}`);
}
