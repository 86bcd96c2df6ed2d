// Changes what decides answers and freshness, and tells which changes no test notices: deno task mutate [-- NAME…].

import process from "node:process";
import { mutateCrate } from "./mutate/crate.ts";
import { mutateAgain, remember } from "./mutate/again.ts";
import type { Mutant } from "./mutate/mutant.ts";
import { CRATE_FILES, PARTS, PLANNED } from "./mutate/plan.ts";
import {
  countsOf,
  LEAST_SCORE,
  lowRooms,
  percentageOf,
  readExplanations,
  readScores,
  scoreOf,
  staleExplanations,
  unexplained,
  writeScores,
} from "./mutate/scores.ts";
import { mutateTypeScript } from "./mutate/typescript.ts";
import { hideProgress, secondsSince, showProgress } from "./progress.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const USAGE = `usage: deno task mutate [<part of a file's path>]… [options]

Changes the files that decide answers and freshness, one small change at a time, runs the tests that should notice, and
writes the scores to tests/mutation/. Fails when the score of a room is below ${LEAST_SCORE} %, not counting the changes that are
explained in tests/mutation/explained.json, or when an explanation there fits no change that survived.

  --again     only what survived the last time here and is not explained, of files that are as they were
  --summary   measures nothing: writes the page again
  --help      show this help`;

/** How the mutants of a file are made. */
interface Way {
  readonly file: string;
  readonly mutate: (places: readonly string[] | undefined) => readonly Mutant[];
}

const WAYS: readonly Way[] = [
  ...PARTS.flatMap(({ files, tests }) =>
    files.map((file): Way => ({ file, mutate: (places) => mutateTypeScript(file, tests, places) }))
  ),
  ...CRATE_FILES.map((file): Way => ({ file, mutate: (places) => mutateCrate(file, places) })),
];

function main(): number {
  const { values, positionals } = taskArguments(USAGE, {
    again: { type: "boolean" },
    summary: { type: "boolean" },
  }, Infinity);
  const ways = values.summary
    ? []
    : WAYS.filter(({ file }) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  if (ways.length === 0 && !values.summary) {
    endWithUsage(USAGE, `no such file is mutated: ${positionals.join(", ")}`);
  }
  const today = new Date().toISOString().slice(0, 10);
  for (const { file, mutate } of ways) {
    const start = performance.now();
    showProgress(`mutating ${file} …`);
    const mutants = values.again ? mutateAgain(file, mutate) : mutate(undefined);
    remember(file, mutants);
    const score = scoreOf(file, mutants, today);
    // After each file, so that a run which is ended leaves what it has measured.
    writeScores({ ...readScores(), [file]: score }, PLANNED);
    hideProgress();
    const counts = countsOf([file], { [file]: score }, readExplanations());
    console.log(
      `${file}: ${
        percentageOf(counts).toFixed(1)
      } %, ${counts.killed} killed, ${counts.explained} explained, ` +
        `${counts.survived} survived, in ${secondsSince(start)}`,
    );
    for (const name of unexplained(file, score, readExplanations())) console.log(`  survived: ${name}`);
  }
  const [scores, explanations] = [readScores(), readExplanations()];
  if (values.summary) writeScores(scores, PLANNED);
  const measured = values.summary ? PLANNED : ways.map(({ file }) => file);
  const stale = measured.flatMap((file) =>
    scores[file] ? staleExplanations(file, scores[file], explanations) : []
  );
  for (const name of stale) console.error(`no such mutant survives, but it is explained: ${name}`);
  const low = lowRooms(measured, scores, explanations);
  for (const problem of low) console.error(problem);
  return stale.length + low.length === 0 ? 0 : 1;
}

process.exitCode = main();
