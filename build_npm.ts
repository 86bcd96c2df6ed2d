// Makes the npm package in dist/npm/ and its tarball: `deno task build:npm`, or with another version
// `deno task build:npm -- --version X`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureEngine } from "./tasks/build_engine.ts";
import { makePackage } from "./tasks/npm/build.ts";
import { ROOT } from "./tasks/npm/entries.ts";
import { hasBuiltLibraries, reportLibraries } from "./tasks/npm/libraries.ts";
import { tarball } from "./tasks/npm/tarball.ts";
import { reportStep, secondsSince } from "./tasks/progress.ts";
import { taskArguments } from "./tasks/usage.ts";

const USAGE = `usage: deno task build:npm [--version <version>]

Builds the npm package in dist/npm/, and its tarball. Without the libraries of deno task build:engines, it has
that of this machine.

  --version <version>   a version other than the one in deno.json
  --help                show this help`;

const { values } = taskArguments(USAGE, { version: { type: "string" } });
const start = performance.now();
const folder = join(ROOT, "dist/npm");
if (!hasBuiltLibraries()) ensureEngine();
reportStep("Bundling the package …");
const { title, libraries } = await makePackage({ folder, version: values.version });
const file = join(ROOT, `${title.replace(/^@/, "").replace(/[/@]/g, "-")}.tgz`);
const archive = tarball(folder);
writeFileSync(file, archive);
console.log(`${title}, ${(archive.length / 1000).toFixed(0)} kB, in ${secondsSince(start)}`);
reportLibraries(libraries);
console.log(`\nIn your project:\n\n  npm install ${file}   # or bun add, pnpm add, yarn add`);
