// The problems and warnings of features files. All of them are collected, each with its place.

import { DocumentError, hasCode } from "../core/errors.ts";
import { reasonOf } from "../src/sources/response_body.ts";
import type { WarningRule } from "./warning_rules.ts";

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

/** Something in a file that Flipt's servers accept, but that is most likely a mistake. */
export interface FeaturesWarning extends FeaturesProblem {
  /** The rule that it violates. */
  readonly rule: WarningRule;
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
  const isMissing = hasCode(error, "ENOENT");
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
/** How many problems suggest a similar name among the flags, segments or variants of a file. */
const MAX_SUGGESTIONS = 50;

/** The problems and warnings of all files that are read together. */
export class Findings {
  /** The problems, which make the files invalid. */
  readonly problems: FeaturesProblem[] = [];
  /** The warnings. */
  readonly warnings: FeaturesWarning[] = [];
  #suggestions = 0;

  /** Returns whether a further problem may search for a similar name. */
  maySuggest(): boolean {
    return this.problems.length < MAX_PROBLEMS && this.#suggestions++ < MAX_SUGGESTIONS;
  }
}

/** Collects the problems and warnings of one file. */
export class FileProblems {
  /** The path of the file, as given. */
  readonly file: string;
  /** Whether the file is JSON, in which a server parses all numbers as floats. */
  readonly isJson: boolean;
  readonly #text: string;
  readonly #findings: Findings;
  #lineStarts: number[] | undefined;

  /** Collects the problems and warnings of `file`, whose content is `text`, in `findings`. */
  constructor(file: string, text: string, findings: Findings, isJson: boolean = false) {
    this.file = file;
    this.isJson = isJson;
    this.#text = text;
    this.#findings = findings;
  }

  /** Adds a problem at an offset of the text, or of the whole file. */
  add(at: number | undefined, message: string): void {
    const { problems } = this.#findings;
    if (problems.length < MAX_PROBLEMS) problems.push({ ...this.#located(at), message });
  }

  /** Adds a warning at an offset of the text, or of the whole file. */
  warn(at: number | undefined, rule: WarningRule, message: string): void {
    const { warnings } = this.#findings;
    if (warnings.length < MAX_PROBLEMS) warnings.push({ ...this.#located(at), rule, message });
  }

  /** The number of problems so far, of all files. */
  get count(): number {
    return this.#findings.problems.length;
  }

  /** Returns whether a further problem may search for a similar name. */
  maySuggest(): boolean {
    return this.#findings.maySuggest();
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

  #located(at: number | undefined): Omit<FeaturesProblem, "message"> {
    const place = at === undefined ? { line: undefined, column: undefined } : this.place(at);
    return { file: this.file, ...place };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}
