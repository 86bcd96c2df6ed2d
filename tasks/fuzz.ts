// Compares the engines with the reference library on new seeds, until the time is over or two answers differ:
// deno task fuzz -- --minutes 10 [--seed 12345]

import process from "node:process";
import {
  compareCase,
  emptyCoverage,
  engineCandidate,
  enginesUnderTest,
  referenceEngine,
} from "../tests/support/differential.ts";
import { hideProgress, secondsSince, showProgress } from "./progress.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const REQUESTS = 300;

const USAGE = `usage: deno task fuzz [--minutes <number>] [--seed <number>]

Compares all engines with Flipt's reference library on random documents and requests, until an answer differs.

  --minutes <number>   the duration, above 0 (default: 1)
  --seed <number>      the first seed, a whole number (default: the time)
  --help               show this help`;

async function fuzz(): Promise<number> {
  const { values } = taskArguments(USAGE, {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
  });
  const minutes = Number(values.minutes);
  const first = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  if (!(minutes > 0) || !Number.isSafeInteger(first)) {
    endWithUsage(USAGE, "--minutes must be above 0, and --seed a whole number");
  }
  const reference = await referenceEngine();
  const engines = await enginesUnderTest();
  console.log(
    `fuzzing ${engines.map(({ info }) => info.kind).join(" and ")} for ${minutes} minutes from seed ${first}`,
  );
  const coverage = emptyCoverage();
  const start = performance.now();
  const end = Date.now() + minutes * 60_000;
  let seed = first;
  for (; Date.now() < end; seed++) {
    const mismatch = await compareCase(
      seed,
      REQUESTS,
      engineCandidate(reference),
      engines.map(engineCandidate),
      coverage,
    );
    showProgress(`${secondsSince(start)} of ${minutes * 60} s: ${coverage.evaluations} requests`);
    if (mismatch !== undefined) {
      hideProgress();
      console.error(mismatch);
      return 1;
    }
  }
  hideProgress();
  console.log(`${coverage.evaluations} requests to ${seed - first} documents, all answers the same`);
  return 0;
}

fuzz().then((code) => process.exit(code));
