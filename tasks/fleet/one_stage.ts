// Runs one stage of the fleet's tests on the runtime that this is started on.

import process from "node:process";
import { STAGES } from "./stages/mod.ts";

const [, , name, minutes] = process.argv;
const stage = STAGES.find((each) => each.name === name);
if (stage === undefined) throw new Error(`there is no stage "${name}"`);
stage.run((line) => console.log(`    ${line}`), { minutes: Number(minutes) }).then(
  () => process.exit(0),
  (error: unknown) => {
    show(error);
    process.exit(1);
  },
);

/** Prints an error, with those that came on top of it while things were put away. */
function show(error: unknown): void {
  const { suppressed } = (error ?? {}) as { readonly suppressed?: unknown };
  if (suppressed === undefined) return console.error(error);
  show(suppressed);
  show((error as { readonly error: unknown }).error);
}
