// Files that are never half written.

import { builtin } from "./builtin_node.ts";

/** Nobody but the owner has business with them. */
const PRIVATE = 0o600;

/**
 * Writes a file in one step: others see all of it, or what was there before. Its folder has to be there.
 * @param mode who may do what with it. @default its owner alone may read and write it
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number = PRIVATE,
): Promise<void> {
  const { open, rename, rm } = await builtin("node:fs/promises");
  // A name that no other process writes to at the same time; renaming works within a folder only.
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
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

/** Whether Node's permission model forbade it. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED";
}
