// Makes the file set that is published on JSR in dist/jsr/: `deno task build:jsr`, then `deno publish` in there.

import { join } from "node:path";
import { ensureEngine } from "./build_engine.ts";
import { LIMIT_BYTES, writeFileSet } from "./jsr/build.ts";
import { denoJson } from "./jsr/sources.ts";
import { ROOT } from "./npm/entries.ts";
import { findLibraries, reportLibraries } from "./npm/libraries.ts";
import { taskArguments } from "./usage.ts";

const USAGE = `usage: deno task build:jsr

Makes the file set that is published on JSR in dist/jsr/.

  --help   this text`;

taskArguments(USAGE);

const folder = join(ROOT, "dist/jsr");
const { version } = denoJson();
let libraries = findLibraries(version);
if (!libraries.isComplete) {
  ensureEngine();
  libraries = findLibraries(version);
}
const { title, files, bytes } = await writeFileSet(folder, libraries);
console.log(`${title} in ${folder}: ${files} files, ${bytes} bytes of the ${LIMIT_BYTES} that JSR takes`);
reportLibraries(libraries);
