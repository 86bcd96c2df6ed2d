// Looks for faults with random inputs until the time is over: deno task fuzz --minutes 10 [--only zip,calls] [--seed 12345]

import process from "node:process";
import { fuzzAnswers } from "./fuzz/answers.ts";
import { buildNativeTargets, fuzzNative, NATIVE_TARGETS } from "./fuzz/native.ts";
import { fuzzScript } from "./fuzz/scripts.ts";
import { TARGETS } from "./fuzz/targets.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const SCRIPTS: readonly string[] = TARGETS.map(({ name }) => name);
const ALL: readonly string[] = ["answers", ...NATIVE_TARGETS, ...SCRIPTS];

const USAGE = `usage: deno task fuzz [--minutes <number>] [--seed <number>] [--only <targets>] [--merge]

Looks for faults with random inputs, until the time is over or one is found.

Compares all engines with Flipt's reference library (answers), and runs inputs that are guided by coverage through the
native engine (${NATIVE_TARGETS.join(", ")}) and through TypeScript (${SCRIPTS.join(", ")}).
An input that takes 50 times the median, or much memory, is a fault, too.

  --minutes <number>   the duration of all together, above 0 (default: 1)
  --seed <number>      the first seed, a whole number (default: the time)
  --only <targets>     names of targets, with commas
  --merge              replace each corpus by the smallest one with the same coverage
  --help               show this help`;

async function fuzz(): Promise<boolean> {
  const { values } = taskArguments(USAGE, {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
    only: { type: "string", default: ALL.join(",") },
    merge: { type: "boolean", default: false },
  });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    endWithUsage(USAGE, "--minutes must be above 0, and --seed a whole number");
  }
  const names = values.only.split(",");
  const unknown = names.find((name) => !ALL.includes(name));
  if (unknown !== undefined) endWithUsage(USAGE, `there is no target '${unknown}'`);
  const options = { seconds: Math.ceil(minutes * 60 / names.length), seed, merge: values.merge };
  console.log(`fuzzing for ${options.seconds} s each, from seed ${seed}`);
  const isNative = names.some((name) => NATIVE_TARGETS.includes(name));
  const host = isNative ? buildNativeTargets() : "";
  let isGood = true;
  for (const name of names) {
    const isFine = name === "answers"
      ? await fuzzAnswers(options.seconds, seed)
      : SCRIPTS.includes(name)
      ? await fuzzScript(name, options)
      : host !== undefined && fuzzNative(name, host, options);
    isGood &&= isFine;
  }
  return isGood;
}

fuzz().then((isGood) => process.exit(isGood ? 0 : 1));
