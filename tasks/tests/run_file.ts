// Runs one test file on one runtime, and gives what came of it.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { RUNTIMES } from "../runtimes.ts";
import { readReport, type TestCase } from "./report.ts";

/** What runs tests: a runtime, or cargo for the crate's own. */
export type RunnerName = keyof typeof RUNNERS;

/** What to run. */
export interface FileRun {
  /** The runner. */
  readonly runner: RunnerName;
  /** Its executable. */
  readonly executable: string;
  /** The path of the file from `folder`; nothing for cargo, which runs all. */
  readonly file: string;
  /** The folder that it is started in. */
  readonly folder: string;
  /** Variables in addition to those of the task. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What came of a file. */
export interface FileResult {
  /** The file. */
  readonly file: string;
  /** Its tests. */
  readonly cases: readonly TestCase[];
  /** Whether its process succeeded and none of its tests failed. */
  readonly isGood: boolean;
  /** How long it took. */
  readonly seconds: number;
  /** Everything that it printed. */
  readonly output: string;
}

const RUNNERS = {
  deno: (file: string, report: string) => [...RUNTIMES.deno.test, `--junit-path=${report}`, file],
  bun: (
    file: string,
    report: string,
  ) => [...RUNTIMES.bun.test, "--reporter=junit", `--reporter-outfile=${report}`, file],
  // A file is run as a program: `--test` would start a second process for it.
  node: (file: string, report: string) => [
    ...RUNTIMES.node.test.filter((parameter) => parameter !== "--test"),
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    file,
  ],
  cargo: () => ["test", "--release", "--locked", "--quiet"],
} as const;

/** Runs a file to its end. */
export async function runFile(
  { runner, executable, file, folder, environment }: FileRun,
): Promise<FileResult> {
  const start = performance.now();
  const reports = mkdtempSync(join(tmpdir(), "flipt-ffi-report-"));
  const report = join(reports, "report.xml");
  try {
    const { status, output } = await run(executable, RUNNERS[runner](file, report), folder, {
      NO_COLOR: "1",
      DENO: process.execPath,
      ...environment,
    });
    const cases = runner === "cargo"
      ? cargoCases(output)
      : existsSync(report)
      ? readReport(readFileSync(report, "utf8"), runner !== "node")
      : [];
    const isGood = status === 0 && cases.every((each) => each.status !== "failed");
    return { file, cases, isGood, seconds: (performance.now() - start) / 1000, output };
  } finally {
    rmSync(reports, { recursive: true });
  }
}

/** The results that cargo adds up; the crate has no report that names its tests. */
function cargoCases(output: string): TestCase[] {
  const statuses = { passed: "passed", failed: "failed", ignored: "skipped" } as const;
  return Object.entries(statuses).flatMap(([word, status]) =>
    [...output.matchAll(new RegExp(`(\\d+) ${word};`, "g"))].flatMap(([, count]) =>
      Array.from({ length: Number(count) }, () => ({ name: "", status }))
    )
  );
}

function run(
  executable: string,
  parameters: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(executable, parameters, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
    child.stderr.setEncoding("utf8").on("data", (text: string) => output += text);
    child.on("error", (error) => resolve({ status: 1, output: `${output}${error.message}\n` }));
    child.on("close", (status, signal) => {
      if (signal !== null) output += `ended by ${signal}\n`;
      resolve({ status: status ?? 1, output });
    });
  });
}

/** What a run printed, without the lines of the tests that passed or were skipped. */
export function failureOutput(output: string): string {
  const passing =
    /^\s*(?:✔ |﹣ |▶ |\(pass\) |\(skip\) |.* \.\.\. (?:ok|ignored) \(|running \d+ tests? from )/;
  const isNoise = (line: string): boolean => passing.test(line) || /^ℹ (?!fail)/.test(line);
  return output.split("\n").filter((line) => !isNoise(line)).join("\n").replace(/\n{3,}/g, "\n\n").trim();
}
