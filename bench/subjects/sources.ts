// Copies of the package's sources, one for each engine. In an application the code of the client is monomorphic, since
// it uses one engine only. With a copy each, it is so here, too.

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FLIPT_SUBJECTS, type FliptSubject } from "./subject.ts";

/** A subject that is an engine of this package. */
export type OwnSubject = Exclude<FliptSubject, "official">;

/** The environment variable with the folder of the copies, for the processes of a run. */
export const SOURCES_VARIABLE = "FLIPT_BENCH_SOURCES";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["core", "engines", "ffi", "src"] as const;

/**
 * Copies the sources once for each engine of this package.
 * @param folder The target folder.
 * @param library The path of the native engine's library inside the checkout, if there is one.
 */
export function copySources(folder: string, library: string | undefined): void {
  mkdirSync(folder, { recursive: true });
  // Without it, Node does not treat the files as ECMAScript modules.
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
  for (const subject of FLIPT_SUBJECTS) {
    if (subject === "official") continue;
    for (const each of FOLDERS) copyModules(join(ROOT, each), join(folder, subject, each));
    if (library === undefined) continue;
    const copy = join(folder, subject, library.slice(ROOT.length));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(library, copy);
  }
}

function copyModules(from: string, to: string): void {
  const target = join(ROOT, "engines", "native", "target");
  cpSync(from, to, { recursive: true, filter: (path) => path !== target && !path.endsWith(".rs") });
}

/** Returns the URL of a module in the copy for a subject or, without copies, in the checkout. */
export function moduleFor(subject: OwnSubject, path: string): string {
  const folder = process.env[SOURCES_VARIABLE];
  const base = folder === undefined ? ROOT : join(folder, subject);
  return pathToFileURL(join(base, path)).href;
}
