// Compares the engines with the reference library on new seeds.

import {
  compareCase,
  emptyCoverage,
  engineCandidate,
  enginesUnderTest,
  referenceEngine,
} from "../../tests/support/differential.ts";
import { hideProgress, secondsSince, showProgress } from "../progress.ts";

const REQUESTS = 300;

/** Compares answers for some seconds. @returns whether all were the same. */
export async function fuzzAnswers(seconds: number, first: number): Promise<boolean> {
  const reference = await referenceEngine();
  const engines = await enginesUnderTest();
  const coverage = emptyCoverage();
  const start = performance.now();
  const end = Date.now() + seconds * 1000;
  let seed = first;
  for (; Date.now() < end; seed++) {
    const mismatch = await compareCase(
      seed,
      REQUESTS,
      engineCandidate(reference),
      engines.map(engineCandidate),
      coverage,
    );
    showProgress(`answers: ${secondsSince(start)} of ${seconds} s, ${coverage.evaluations} requests`);
    if (mismatch !== undefined) {
      hideProgress();
      console.error(mismatch);
      return false;
    }
  }
  hideProgress();
  const names = engines.map(({ info }) => info.kind).join(" and ");
  console.log(
    `ok answers: ${coverage.evaluations} requests to ${
      seed - first
    } documents in ${seconds} s, all answers of ${names} ` +
      "those of the reference",
  );
  return true;
}
