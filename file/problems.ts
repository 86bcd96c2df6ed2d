// The problems of features files. All of them are collected, each with its place.

import { DocumentError } from "../core/errors.ts";
import { reasonOf } from "../src/sources/response.ts";

/** A problem in a file. */
export interface FeaturesProblem {
  /** The path of the file, as given. */
  readonly file: string;
  /** The line, from 1; `undefined` for a problem of the whole file. */
  readonly line: number | undefined;
  /** The column, from 1; `undefined` for a problem of the whole file. */
  readonly column: number | undefined;
  /** What is wrong and how to fix it. */
  readonly message: string;
}

/** How many problems the message of an error lists. `FeaturesError.problems` has all of them. */
const MAX_LISTED = 20;

/** Features files are invalid. The message lists the problems with file, line and column. */
export class FeaturesError extends DocumentError {
  /** The name of the class. */
  override readonly name: string = "FeaturesError";
  /** All problems, in the order of the files. */
  readonly problems: readonly FeaturesProblem[];

  /** Creates an error from at least one problem. */
  constructor(problems: readonly FeaturesProblem[]) {
    super(problemsMessage(problems));
    this.problems = problems;
  }
}

/** Returns a problem on one line: `features.yml:3:5: …`. */
export function problemLine({ file, line, column, message }: FeaturesProblem): string {
  return line === undefined ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
}

/** Returns the problem of a file that cannot be read. */
export function unreadableProblem(file: string, error: unknown): FeaturesProblem {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const message = isMissing ? "there is no such file or folder" : `cannot be read: ${reasonOf(error)}`;
  return { file, line: undefined, column: undefined, message };
}

function problemsMessage(problems: readonly FeaturesProblem[]): string {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return problemLine(first);
  const lines = problems.slice(0, MAX_LISTED).map((problem) => `- ${problemLine(problem)}`);
  if (problems.length > MAX_LISTED) lines.push(`- and ${problems.length - MAX_LISTED} more`);
  return `the features files have ${problems.length} problems:\n${lines.join("\n")}`;
}

/** How many problems are collected: a file in another format could have one on each line. */
const MAX_PROBLEMS = 1_000;

/** Collects the problems of one file. */
export class FileProblems {
  /** The path of the file, as given. */
  readonly file: string;
  readonly #text: string;
  readonly #problems: FeaturesProblem[];
  #lineStarts: number[] | undefined;

  /** Collects the problems of `file`, whose content is `text`, in `problems`. */
  constructor(file: string, text: string, problems: FeaturesProblem[]) {
    this.file = file;
    this.#text = text;
    this.#problems = problems;
  }

  /** Adds a problem at an offset of the text, or of the whole file. */
  add(at: number | undefined, message: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    const { line, column } = at === undefined ? { line: undefined, column: undefined } : this.place(at);
    this.#problems.push({ file: this.file, line, column, message });
  }

  /** The number of problems so far, of all files. */
  get count(): number {
    return this.#problems.length;
  }

  /** Returns the line and column of an offset, both from 1. */
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
