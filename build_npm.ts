// Makes the npm package in dist/npm/: `deno task build:npm`, or with another version `deno task build:npm -- --version X`.

import { join } from "node:path";
import { makePackage } from "./tasks/npm/build.ts";
import { ROOT } from "./tasks/npm/entries.ts";
import { reportLibraries } from "./tasks/npm/libraries.ts";
import { taskArguments } from "./tasks/usage.ts";

const USAGE = `usage: deno task build:npm [--version <version>]

Builds the npm package in dist/npm/.

  --version <version>   a version other than the one in deno.json
  --help                show this help`;

const { values } = taskArguments(USAGE, { version: { type: "string" } });
const folder = join(ROOT, "dist/npm");
const { title, libraries } = await makePackage({ folder, version: values.version });
console.log(`${title} in ${folder}`);
reportLibraries(libraries);
