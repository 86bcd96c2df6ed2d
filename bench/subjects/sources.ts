// Sources of the package for each engine: in an application the code of the client sees the states of one engine only, and
// the compilers of the runtimes make use of that. So each engine that is measured gets modules of its own.

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FLIPT_SUBJECTS, type FliptSubject } from "./subject.ts";

/** A subject that is an engine of this package. */
export type OwnSubject = Exclude<FliptSubject, "official">;

/** The variable that tells the processes of a run where the copies are. */
export const SOURCES_VARIABLE = "FLIPT_BENCH_SOURCES";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["core", "engines", "ffi", "src"] as const;

/**
 * Copies the sources once for each engine of this package.
 * @param folder Where to.
 * @param library The path of the native engine's library inside the checkout, when there is one.
 */
export function copySources(folder: string, library: string | undefined): void {
  mkdirSync(folder, { recursive: true });
  // Node takes the modules for what they are only when it is told.
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

/** The URL of a module of the package, given by its path in the checkout; that of the checkout itself without copies. */
export function moduleFor(subject: OwnSubject, path: string): string {
  const folder = process.env[SOURCES_VARIABLE];
  const base = folder === undefined ? ROOT : join(folder, subject);
  return pathToFileURL(join(base, path)).href;
}
