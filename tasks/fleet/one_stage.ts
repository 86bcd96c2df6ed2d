// Runs one stage of the fleet's tests on the runtime that this is started on.

import process from "node:process";
import { STAGES } from "./stages/mod.ts";

const [, , name] = process.argv;
const stage = STAGES.find((each) => each.name === name);
if (stage === undefined) throw new Error(`there is no stage "${name}"`);
stage.run((line) => console.log(`    ${line}`)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
