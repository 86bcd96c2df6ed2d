// What a program reports, and what is wrong with it.

import type { Case } from "./tool.ts";

/** What a program reports. */
export interface Report {
  /** The engine that ran. */
  readonly engine: string;
  /** Why it was not a faster one. */
  readonly reason?: string;
  /** What was checked: `true` where it holds, or else what was there instead. */
  readonly checks: Readonly<Record<string, unknown>>;
}

/** The answers of a program over HTTP. */
export interface Answers {
  readonly engine: string;
  readonly reason?: string;
  readonly boolean: boolean;
  readonly variant: string;
}

/** Tools quote minified code, which is one line. */
const MAX_COLUMNS = 300;

/** What a line with a report begins with. */
const MARK = /\bREPORT (\{.*\})/g;

/**
 * The reports in what a tool printed, whatever it printed around them.
 * @throws {Error} when there is none.
 */
export function reportsIn(output: string): Report[] {
  const reports = [...output.matchAll(MARK)].map(([, json = ""]) => JSON.parse(json) as Report);
  if (reports.length === 0) throw new Error(`nothing was reported\n${tailOf(output)}`);
  return reports;
}

/** A command that failed. */
export class CommandError extends Error {
  /** All that it printed. */
  readonly output: string;

  constructor(command: string, output: string) {
    super(`${command}\n${tailOf(output)}`);
    this.output = output;
  }
}

/**
 * The reports of a test runner. Where a test failed because of a check, the report says it best.
 * @throws {Error} when the runner failed with all checks holding, or before they were made.
 */
export async function reported(run: Promise<string>): Promise<Report[]> {
  try {
    return reportsIn(await run);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.output.includes("REPORT {")) throw error;
    const reports = reportsIn(error.output);
    if (reports.every(({ checks }) => Object.values(checks).every((each) => each === true))) throw error;
    return reports;
  }
}

/** What is wrong with what a program reported; `undefined` when all of it is as it has to be. */
export function problemOf(
  { engine, checks }: Pick<Case, "engine" | "checks">,
  reports: readonly Report[],
): string | undefined {
  if (reports.length === 0) return "nothing was reported";
  for (const report of reports) {
    for (const check of checks) {
      const outcome = report.checks[check];
      if (outcome !== true) return `${check}: ${outcome === undefined ? "not checked" : textOf(outcome)}`;
    }
    const surplus = Object.keys(report.checks).find((each) => !checks.includes(each));
    if (surplus !== undefined) return `${surplus} was checked, and the matrix does not know of it`;
    if (report.engine !== engine) {
      return `the engine is ${report.engine}${report.reason === undefined ? "" : `: ${report.reason}`}`;
    }
  }
}

/** The end of what a tool printed, where its errors are. */
export function tailOf(output: string, lines = 40): string {
  return output.trimEnd().split("\n").slice(-lines).map((line) =>
    line.length > MAX_COLUMNS ? `${line.slice(0, MAX_COLUMNS)} …` : line
  ).join("\n");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
