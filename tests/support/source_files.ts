// The source files of rooms, without what is built: a mutation run leaves a copy of the checkout in engines/native/target,
// with links back into it.

import { readdirSync } from "node:fs";

/** What is built, or installed. */
const NOT_SOURCES: readonly string[] = ["target", "libraries", "node_modules"];

/** The TypeScript files of a folder and those in it, from `root`, with slashes. */
export function sourceFiles(root: URL, folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_SOURCES.includes(entry.name) ? [] : sourceFiles(root, path);
    return entry.isFile() && path.endsWith(".ts") ? [path] : [];
  });
}
