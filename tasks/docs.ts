// Generates the parts of the documentation that the code knows: `deno task docs`. With `-- --check` it changes nothing,
// and fails when something would change.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { generated, outdated } from "./docs/pages.ts";
import { ROOT } from "./npm/entries.ts";

function main(): void {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((argument) => argument !== "--"),
    options: { check: { type: "boolean" } },
  });
  const changed = outdated();
  if (values.check) {
    if (changed.length === 0) return;
    console.error(`not as the code has it: ${changed.join(", ")}\nrun deno task docs`);
    process.exitCode = 1;
    return;
  }
  const texts = generated();
  for (const file of changed) writeFileSync(join(ROOT, file), texts.get(file) ?? "");
  console.log(changed.length === 0 ? "nothing changed" : `written: ${changed.join(", ")}`);
}

main();
