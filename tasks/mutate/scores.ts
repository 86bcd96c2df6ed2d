// What is kept of the mutants: a score a file, the explanations of those that no test can notice, and the page with both.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, nameOf } from "./mutant.ts";
import { ROOT } from "./workspace.ts";

/** Mutants of a file that change nothing that anyone could notice, or nothing that is promised. */
export interface Explanation {
  /** The file. */
  readonly file: string;
  /** Why no test can, or should, notice. */
  readonly why: string;
  /** The mutants, as `nameOf` names them. */
  readonly mutants: readonly string[];
}

/** What came of the mutants of one file. */
export interface FileScore {
  /** When they were made, such as `2026-01-31`. */
  readonly measured: string;
  /** The digest of the file as it was then. */
  readonly source: string;
  /** How many tests noticed. */
  readonly killed: number;
  /** How many are explained. */
  readonly explained: number;
  /** Those that are neither. */
  readonly survivors: readonly string[];
}

/** The scores by file. */
export type Scores = Readonly<Record<string, FileScore>>;

/** The least that all files together must have, and each room, in percent. */
export const LEAST_SCORE = 90;

const FOLDER = join(ROOT, "tests/mutation");
const SCORES = join(FOLDER, "scores.json");
const EXPLAINED = join(FOLDER, "explained.json");
const PAGE = join(FOLDER, "README.md");

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** The scores as they were last measured. */
export function readScores(): Scores {
  return read(SCORES);
}

/** The explanations. */
export function readExplanations(): readonly Explanation[] {
  return read(EXPLAINED);
}

/** The digest of a file, by which a score tells whether it is of the file as it is. */
export function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(join(ROOT, file))).digest("hex").slice(0, 16);
}

/** The score of a file, and the explanations that fit no survivor of it, which are stale. */
export function scoreOf(
  file: string,
  mutants: readonly Mutant[],
  explanations: readonly Explanation[],
  today: string,
): { readonly score: FileScore; readonly stale: readonly string[] } {
  const explained = new Set(explanations.flatMap((each) => each.file === file ? each.mutants : []));
  const alive = mutants.filter((each) => each.file === file && each.fate === "survived").map(nameOf);
  const score = {
    measured: today,
    source: digestOf(file),
    killed: mutants.filter((each) => each.file === file && each.fate === "killed").length,
    explained: alive.filter((name) => explained.has(name)).length,
    survivors: alive.filter((name) => !explained.has(name)).sort(),
  };
  return { score, stale: [...explained].filter((name) => !alive.includes(name)) };
}

/** Of the mutants that a test can notice, the share that one does, in percent; 100 where there is none. */
export function percentageOf(scores: readonly FileScore[]): number {
  const killed = scores.reduce((sum, score) => sum + score.killed, 0);
  const survived = scores.reduce((sum, { survivors }) => sum + survivors.length, 0);
  return killed + survived === 0 ? 100 : 100 * killed / (killed + survived);
}

/** The room that a file is in. */
export function roomOf(file: string): string {
  return /^(?:engines\/native\/src|[^/]+\/[^/]+)(?=\/)/.exec(file)?.[0] ?? file;
}

/** Writes scores, and the page about them. `planned` are all files that are mutated. */
export function writeScores(scores: Scores, planned: readonly string[]): void {
  const kept = Object.fromEntries(planned.flatMap((file) => scores[file] ? [[file, scores[file]]] : []));
  writeFileSync(SCORES, `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync(PAGE, pageOf(kept, readExplanations(), planned));
}

function row(name: string, scores: readonly FileScore[], measured: string): string {
  const sum = (count: (score: FileScore) => number): number =>
    scores.reduce((all, each) => all + count(each), 0);
  const [killed, explained, survived] = [
    sum((score) => score.killed),
    sum((score) => score.explained),
    sum(({ survivors }) => survivors.length),
  ];
  return `| ${name} | ${killed + explained + survived} | ${killed} | ${explained} | ${survived} | ${
    percentageOf(scores).toFixed(1)
  } % | ${measured} |`;
}

/** The page: how the score counts, and the tables. */
export function pageOf(
  scores: Scores,
  explanations: readonly Explanation[],
  planned: readonly string[],
): string {
  const rooms = Object.entries(Object.groupBy(planned.filter((file) => scores[file]), roomOf));
  const of = (files: readonly string[] = []): FileScore[] => files.flatMap((file) => scores[file] ?? []);
  const missing = planned.filter((file) => !scores[file]);
  const head = (title: string): string[] => [
    `| ${title} | mutants | killed | explained | survived | score | measured |`,
    "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
  ];
  const survivors = Object.entries(scores).flatMap(([file, score]) =>
    score.survivors.map((name) => `- \`${file}\`: ${code(name)}`)
  );
  return [
    "# Mutation testing",
    "",
    "`deno task mutate` changes what decides answers and freshness, one small change at a time, and runs the tests",
    "that should notice. StrykerJS makes the changes to TypeScript, cargo-mutants those to the crate. A change that",
    "no test notices has survived: then a test is missing, or the change is one that nobody could notice, and",
    "`tests/mutation/explained.json` says why. An explanation that fits no survivor any more fails the task.",
    "",
    "The score is killed / (killed + survived): explained mutants count on neither side. A mutant with which the",
    "tests hang, crash or do not start is killed; one of Rust that does not compile is no mutant.",
    "",
    ...head("room"),
    ...rooms.map(([room, files]) => row(`\`${room}\``, of(files), "")),
    row("all", Object.values(scores), ""),
    "",
    ...head("file"),
    ...rooms.flatMap(([, files = []]) =>
      files.map((file) => row(`\`${file}\``, of([file]), scores[file]?.measured ?? ""))
    ),
    "",
    ...missing.length === 0 ? [] : ["Not measured yet:", "", ...missing.map((file) => `- \`${file}\``), ""],
    ...survivors.length === 0 ? [] : ["## Survivors", "", ...survivors, ""],
    "## Explained",
    "",
    ...explanations.map(({ file, why, mutants }) =>
      `- \`${file}\`, ${mutants.length} ${mutants.length === 1 ? "mutant" : "mutants"}: ${why}`
    ),
    "",
  ].join("\n");
}

/** As code in Markdown, whatever backticks it has. */
function code(text: string): string {
  return `\`\` ${text} \`\``;
}
