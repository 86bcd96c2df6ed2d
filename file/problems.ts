// What is wrong with files of flags: collected in whole, each with its place.

import { DocumentError } from "../core/errors.ts";
import { reasonOf } from "../src/sources/response.ts";

/** Something wrong in a file. */
export interface FeaturesProblem {
  /** The file, as it was named. */
  readonly file: string;
  /** The line, counted from 1; `undefined` when it is the file as a whole. */
  readonly line: number | undefined;
  /** The column, counted from 1. */
  readonly column: number | undefined;
  /** What is wrong, and what to change. */
  readonly message: string;
}

/** How many problems a message lists; the others are in `problems`. */
const listed = 20;

/** Files of flags are not usable. The message lists the problems, each with file, line and column. */
export class FeaturesError extends DocumentError {
  /** The name of the class. */
  override readonly name: string = "FeaturesError";
  /** Everything that is wrong. */
  readonly problems: readonly FeaturesProblem[];

  /** Makes an error of problems; there is at least one. */
  constructor(problems: readonly FeaturesProblem[]) {
    super(messageOf(problems));
    this.problems = problems;
  }
}

/** A problem on one line: `features.yml:3:5: …`. */
export function problemLine({ file, line, column, message }: FeaturesProblem): string {
  return line === undefined ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
}

/** The problem of a file that cannot be read at all. */
export function unreadable(file: string, error: unknown): FeaturesProblem {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const message = isMissing ? "there is no such file or folder" : `cannot be read: ${reasonOf(error)}`;
  return { file, line: undefined, column: undefined, message };
}

function messageOf(problems: readonly FeaturesProblem[]): string {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return problemLine(first);
  const lines = problems.slice(0, listed).map((problem) => `- ${problemLine(problem)}`);
  if (problems.length > listed) lines.push(`- and ${problems.length - listed} more`);
  return `the files of flags have ${problems.length} problems:\n${lines.join("\n")}`;
}

/** How many problems are collected: a file that is of another kind altogether would have one on each line. */
const collected = 1_000;

/** Collects the problems of one file. */
export class FileProblems {
  /** The file, as it was named. */
  readonly file: string;
  readonly #text: string;
  readonly #problems: FeaturesProblem[];
  #lineStarts: number[] | undefined;

  /** Collects into `problems` what is wrong with `file`, whose text is `text`. */
  constructor(file: string, text: string, problems: FeaturesProblem[]) {
    this.file = file;
    this.#text = text;
    this.#problems = problems;
  }

  /** Something is wrong at an offset of the text, or with the file as a whole. */
  add(at: number | undefined, message: string): void {
    if (this.#problems.length >= collected) return;
    const { line, column } = at === undefined ? { line: undefined, column: undefined } : this.place(at);
    this.#problems.push({ file: this.file, line, column, message });
  }

  /** How many problems there are so far, of all files. */
  get count(): number {
    return this.#problems.length;
  }

  /** The line and column of an offset. */
  place(at: number): { readonly line: number; readonly column: number } {
    this.#lineStarts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}
