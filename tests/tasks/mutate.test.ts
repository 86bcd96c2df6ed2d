// Mutation testing: what the reports of both tools come to, and that the committed scores are enough and say so.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crateMutantsOf } from "../../tasks/mutate/crate.ts";
import { changeOf, type Mutant, nameOf } from "../../tasks/mutate/mutant.ts";
import { PARTS, PLANNED } from "../../tasks/mutate/plan.ts";
import { pageOf } from "../../tasks/mutate/page.ts";
import {
  countsOf,
  lowRooms,
  percentageOf,
  readExplanations,
  readScores,
  scoreOf,
  staleExplanations,
  unexplained,
} from "../../tasks/mutate/scores.ts";
import { mutantsOf } from "../../tasks/mutate/typescript.ts";
import { testFile } from "../../tasks/test_files.ts";

const root = new URL("../../", import.meta.url);

function source(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

test("a report of Stryker comes to mutants with their lines, and what hangs or cannot start is killed", () => {
  const statuses = ["Killed", "Timeout", "RuntimeError", "Survived", "NoCoverage"];
  const mutants = mutantsOf({
    files: {
      "src/a.ts": {
        source: "const a = 1;\n  if (a > 2) {\n    b();\n  }\n",
        mutants: statuses.map((status) => ({
          status,
          replacement: "{}",
          location: { start: { line: 2, column: 14 }, end: { line: 4, column: 4 } },
        })),
      },
    },
  });
  assert.deepEqual(mutants.map(({ fate }) => fate), ["killed", "killed", "killed", "survived", "survived"]);
  const [first] = mutants;
  assert.deepEqual(first, {
    file: "src/a.ts",
    line: "if (a > 2) {",
    change: "{ b(); } -> {}",
    place: "2:13-4:3",
    fate: "killed",
  });
});

test("a report of cargo-mutants comes to the mutants that compile", () => {
  const outcome = (summary: string) => ({
    summary,
    scenario: {
      Mutant: { name: "src/a.rs:2:7: replace < with > in f", file: "src/a.rs", span: { start: { line: 2 } } },
    },
  });
  const outcomes = ["CaughtMutant", "Timeout", "MissedMutant", "Unviable"].map(outcome);
  const baseline = { summary: "Success", scenario: "Baseline" as const };
  const mutants = crateMutantsOf(
    { outcomes: [baseline, ...outcomes] },
    "x/src/a.rs",
    "fn f() {\n  a < b\n}\n",
  );
  assert.deepEqual(mutants.map(({ fate }) => fate), ["killed", "killed", "survived"]);
  assert.equal(mutants[0] && nameOf(mutants[0]), "a < b ## replace < with > in f");
});

test("a long change is told by both its ends", () => {
  const change = changeOf("a".repeat(50) + "\n" + "b".repeat(50), "{}");
  assert.match(change, /^a{30} … b{30} -> \{\}$/);
});

test("an explained survivor counts on neither side, and an explanation without a survivor is stale", () => {
  const file = PLANNED[0] ?? "";
  const mutant = (line: string, fate: Mutant["fate"]): Mutant => ({
    ...{ file, line, fate },
    ...{ change: "x -> y", place: "" },
  });
  const mutants = [
    ...[mutant("a", "killed"), mutant("b", "killed")],
    ...[mutant("c", "survived"), mutant("d", "survived")],
  ];
  const explanations = [
    { file, why: "nobody can see it", mutants: ["c ## x -> y", "a ## x -> y"] },
    { file: "other", why: "of another file", mutants: ["d ## x -> y"] },
  ];
  const score = scoreOf(file, mutants, "2026-01-31");
  assert.deepEqual([score.killed, score.survivors], [2, ["c ## x -> y", "d ## x -> y"]]);
  assert.deepEqual(unexplained(file, score, explanations), ["d ## x -> y"]);
  assert.deepEqual(staleExplanations(file, score, explanations), [`${file}: a ## x -> y`]);
  const counts = countsOf([file, "not measured"], { [file]: score }, explanations);
  assert.deepEqual(counts, { killed: 2, explained: 1, survived: 1 });
  assert.equal(percentageOf(counts).toFixed(1), "66.7");
  const [low = ""] = lowRooms([file], { [file]: score }, explanations);
  assert.match(low, /has 66\.7 %/);
  assert.deepEqual(lowRooms([file], { [file]: { ...score, killed: 30 } }, explanations), []);
});

test("every file that is mutated and every test that should notice is there", () => {
  for (const file of PLANNED) assert.ok(source(file).length > 0, file);
  for (const name of PARTS.flatMap(({ tests }) => tests)) assert.ok(source(testFile(name)).length > 0, name);
  assert.equal(new Set(PLANNED).size, PLANNED.length);
});

test("the committed scores are high enough, and the page has them", () => {
  const [scores, explanations] = [readScores(), readExplanations()];
  assert.deepEqual(lowRooms(PLANNED, scores, explanations), []);
  assert.equal(source("tests/mutation/README.md"), pageOf(scores, explanations, PLANNED));
});

test("every explanation has a reason, and fits a mutant that survived", () => {
  const explanations = readExplanations();
  const names = explanations.flatMap(({ file, mutants }) => mutants.map((name) => `${file}: ${name}`));
  assert.equal(new Set(names).size, names.length);
  const scores = readScores();
  for (const { file, why, mutants } of explanations) {
    assert.ok(why.length > 10 && mutants.length > 0, file);
    const score = scores[file];
    assert.ok(score, `${file} is not measured`);
    assert.deepEqual(staleExplanations(file, score, explanations), []);
  }
});
