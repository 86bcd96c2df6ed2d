// Generates the parts of the documentation that the code knows: `deno task docs`. With `-- --check` it changes nothing,
// and fails when something would change.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { generated, outdated } from "./docs/pages.ts";
import { ROOT } from "./npm/entries.ts";
import { taskArguments } from "./usage.ts";

const USAGE = `usage: deno task docs [--check]

Writes the parts of the documentation that the code knows.

  --check   writes nothing, and fails unless the pages are current
  --help    show this help`;

function main(): void {
  const { values } = taskArguments(USAGE, { check: { type: "boolean", default: false } });
  const changed = outdated();
  if (values.check) {
    if (changed.length === 0) return;
    console.error(`not up to date with the code: ${changed.join(", ")}\nrun deno task docs`);
    process.exitCode = 1;
    return;
  }
  const texts = generated();
  for (const file of changed) writeFileSync(join(ROOT, file), texts.get(file) ?? "");
  console.log(changed.length === 0 ? "nothing changed" : `written: ${changed.join(", ")}`);
}

main();
