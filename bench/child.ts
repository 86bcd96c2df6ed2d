// Measures one workload in a process of its own, started by main.ts: its arguments are the workload and the assignment
// as JSON; it prints the figures as one line of JSON.

import process from "node:process";
import { FIGURES_PREFIX, type WorkloadName } from "./figures.ts";
import { ALL } from "./workloads/mod.ts";
import type { Assignment } from "./workloads/workload.ts";

async function main(): Promise<void> {
  const [name, assignment] = process.argv.slice(2) as [WorkloadName, string];
  const workload = ALL.find((each) => each.name === name);
  if (workload === undefined) throw new Error(`there is no workload ${name}`);
  const figures = await workload.measure(JSON.parse(assignment) as Assignment);
  process.stdout.write(`\n${FIGURES_PREFIX}${JSON.stringify(figures)}\n`, () => {
    // Some packages leave timers running.
    process.exit(0);
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
