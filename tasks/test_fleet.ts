// Tests with whole fleets, which take minutes: `deno task test:fleet`. Each stage is run on each runtime that it is for.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { stagesOf } from "./fleet/stages/mod.ts";
import { ownRuntime, RUNTIME_NAMES, RUNTIMES, testedRuntime, titleOf } from "./runtimes.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const USAGE = `usage: deno task test:fleet [--runtime <name>] [--minutes <number>] [--list] [<stage> ...]

Runs the long tests of relays and Redis.

  <stage>            only the one of this name, or else those whose name contains this
  --runtime <name>   deno, bun, node or all (default: all)
  --minutes <number> the duration of the long outages (default: 10)
  --list             prints the names of the stages
  --help             show this help`;

function main(): number {
  const { values, positionals } = taskArguments(USAGE, {
    list: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    runtime: { type: "string", default: "all" },
  }, Infinity);
  const stages = stagesOf(positionals);
  const names = RUNTIME_NAMES.filter((name) => values.runtime === "all" || values.runtime === name);
  if (stages.length === 0 || names.length === 0) endWithUsage(USAGE, "no such stage or runtime");
  if (!(Number(values.minutes) > 0)) endWithUsage(USAGE, "--minutes must be a number above 0");
  if (values.list) {
    for (const { name } of stages) console.log(name);
    return 0;
  }
  const program = fileURLToPath(new URL("./fleet/one_stage.ts", import.meta.url));
  let failed = 0;
  for (const stage of stages) {
    const missing = stage.missing?.();
    if (missing !== undefined) {
      console.log(`SKIPPED ${stage.name}: ${missing}`);
      continue;
    }
    for (const name of names.filter((each) => stage.runtimes?.includes(each) ?? true)) {
      const runtime = name === ownRuntime().name ? ownRuntime() : testedRuntime(name);
      console.log(`${stage.name}, ${titleOf(runtime)}`);
      const start = performance.now();
      const parameters = [...RUNTIMES[name].program, program, stage.name, values.minutes];
      const { status } = spawnSync(runtime.executable, parameters, { stdio: "inherit" });
      if (status !== 0) failed++;
      console.log(
        `  ${status === 0 ? "ok" : "FAILED"} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
      );
    }
  }
  return failed === 0 ? 0 : 1;
}

process.exit(main());
