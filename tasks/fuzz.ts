// Compares the engines with the reference library on fresh seeds until a time is over or two answers differ:
// deno task fuzz -- --minutes 10 [--seed 12345]

import process from "node:process";
import { parseArgs } from "node:util";
import {
  compareCase,
  emptyCoverage,
  engineCandidate,
  enginesUnderTest,
  referenceEngine,
} from "../tests/support/differential.ts";

const REQUESTS = 300;

async function fuzz(): Promise<number> {
  const args = process.argv.slice(2).filter((arg) => arg !== "--");
  const { values } = parseArgs({
    args,
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  const first = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  if (!(minutes > 0) || !Number.isSafeInteger(first)) {
    console.error("usage: deno task fuzz -- --minutes N [--seed S], with N above 0 and S a whole number");
    return 2;
  }
  const reference = await referenceEngine();
  const engines = await enginesUnderTest();
  console.log(
    `fuzzing ${engines.map(({ info }) => info.kind).join(" and ")} for ${minutes} minutes from seed ${first}`,
  );
  const coverage = emptyCoverage();
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
    if (mismatch !== undefined) {
      console.error(mismatch);
      return 1;
    }
  }
  console.log(`${coverage.evaluations} requests to ${seed - first} documents, every answer the same`);
  return 0;
}

fuzz().then((code) => process.exit(code));
