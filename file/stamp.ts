// Detects changes of files without reading them.

import { stat } from "node:fs/promises";

/** The line of a path that is missing or empty. */
const MISSING_OR_EMPTY = /(?:^|\n)[-0] /;

/** Returns a string that changes when one of the files or folders is written, replaced, added or removed. */
export async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(paths.map(async (path) => {
    try {
      const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
      return `${size} ${ino} ${mtimeNs} ${ctimeNs} ${path}`;
    } catch {
      return `- ${path}`;
    }
  }));
  return stamps.join("\n");
}

/** Returns whether a path is missing or empty, as a file can be while it is being written. */
export function isIncomplete(stamp: string): boolean {
  return MISSING_OR_EMPTY.test(stamp);
}
