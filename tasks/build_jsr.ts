// Builds the file set for JSR in dist/jsr/: `deno task build:jsr`, then `deno publish` in that folder.

import { join } from "node:path";
import { ensureEngine } from "./build_engine.ts";
import { LIMIT_BYTES, writeFileSet } from "./jsr/build.ts";
import { denoJson } from "./jsr/sources.ts";
import { ROOT } from "./npm/entries.ts";
import { findLibraries, reportLibraries } from "./npm/libraries.ts";
import { taskArguments } from "./usage.ts";

const USAGE = `usage: deno task build:jsr

Builds the file set for JSR in dist/jsr/.

  --help   show this help`;

taskArguments(USAGE);

const FOLDER = join(ROOT, "dist/jsr");
const { version } = denoJson();
let libraries = findLibraries(version);
if (!libraries.isComplete) {
  ensureEngine();
  libraries = findLibraries(version);
}
const { title, files, bytes } = await writeFileSet(FOLDER, libraries);
console.log(`${title} in ${FOLDER}: ${files} files, ${bytes} of at most ${LIMIT_BYTES} bytes`);
reportLibraries(libraries);
