// What is kept of the mutants: for each file how many were killed and which survived, and the explanations of those that
// no test can notice.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, nameOf } from "./mutant.ts";
import { pageOf } from "./page.ts";
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
  /** Those that no test noticed, explained ones among them. */
  readonly survivors: readonly string[];
}

/** The scores by file. */
export type Scores = Readonly<Record<string, FileScore>>;

/** How many mutants came to what. */
export interface Counts {
  /** A test noticed. */
  readonly killed: number;
  /** No test noticed, and none can. */
  readonly explained: number;
  /** No test noticed. */
  readonly survived: number;
}

/** The least score of a room, in percent. */
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

/** The digest of a file, without the tests at its end, by which a score tells whether it is of the file as it is. */
export function digestOf(file: string): string {
  const [code = ""] = readFileSync(join(ROOT, file), "utf8").split("\n#[cfg(test)]\nmod tests {");
  return createHash("sha256").update(code).digest("hex").slice(0, 16);
}

/** The score of a file from its mutants. */
export function scoreOf(file: string, mutants: readonly Mutant[], today: string): FileScore {
  const survivors = mutants.filter(({ fate }) => fate === "survived");
  return {
    measured: today,
    source: digestOf(file),
    killed: mutants.length - survivors.length,
    survivors: survivors.map(nameOf).sort(),
  };
}

/** The survivors of a file that no explanation names. */
export function unexplained(file: string, score: FileScore, explanations: readonly Explanation[]): string[] {
  const explained = new Set(explanations.flatMap((each) => each.file === file ? each.mutants : []));
  return score.survivors.filter((name) => !explained.has(name));
}

/** The explanations that fit no survivor of a file any more. */
export function staleExplanations(
  file: string,
  score: FileScore,
  explanations: readonly Explanation[],
): string[] {
  const explained = explanations.flatMap((each) => each.file === file ? each.mutants : []);
  return explained.filter((name) => !score.survivors.includes(name)).map((name) => `${file}: ${name}`);
}

/** What the mutants of files came to, those that were not measured left out. */
export function countsOf(
  files: readonly string[],
  scores: Scores,
  explanations: readonly Explanation[],
): Counts {
  let [killed, explained, survived] = [0, 0, 0];
  for (const file of files) {
    const score = scores[file];
    if (score === undefined) continue;
    const open = unexplained(file, score, explanations).length;
    killed += score.killed;
    explained += score.survivors.length - open;
    survived += open;
  }
  return { killed, explained, survived };
}

/** Of the mutants that a test can notice, the share that one does, in percent; 100 where there is none. */
export function percentageOf({ killed, survived }: Counts): number {
  return killed + survived === 0 ? 100 : 100 * killed / (killed + survived);
}

/** The room that a file is in. */
export function roomOf(file: string): string {
  return /^(?:engines\/native\/src|[^/]+\/[^/]+)(?=\/)/.exec(file)?.[0] ?? file;
}

/** What is wrong with the rooms that these files are in: a score that is too low. */
export function lowRooms(
  files: readonly string[],
  scores: Scores,
  explanations: readonly Explanation[],
): string[] {
  return [...new Set(files.map(roomOf))].flatMap((room) => {
    const inRoom = Object.keys(scores).filter((file) => roomOf(file) === room);
    const percentage = percentageOf(countsOf(inRoom, scores, explanations));
    return percentage < LEAST_SCORE
      ? [`${room} has ${percentage.toFixed(1)} %, less than ${LEAST_SCORE} %`]
      : [];
  });
}

/** Writes scores, and the page about them. `planned` are all files that are mutated. */
export function writeScores(scores: Scores, planned: readonly string[]): void {
  const kept = Object.fromEntries(planned.flatMap((file) => scores[file] ? [[file, scores[file]]] : []));
  writeFileSync(SCORES, `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync(PAGE, pageOf(kept, readExplanations(), planned));
}
