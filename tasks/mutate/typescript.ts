// Mutants of TypeScript, by StrykerJS: all of a file are in it at once, and each run of the tests switches one on.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFile } from "../test_files.ts";
import { changeOf, type Mutant } from "./mutant.ts";
import { environment, freshCopy, ROOT, WORK } from "./workspace.ts";

const TOOLS = join(ROOT, "tasks/mutate");

/** A place in Stryker's report; both counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is read of Stryker's report. */
interface Report {
  readonly files: Readonly<
    Record<string, {
      readonly source: string;
      readonly mutants: readonly {
        readonly status: string;
        readonly replacement: string;
        readonly location: { readonly start: Position; readonly end: Position };
      }[];
    }>
  >;
}

/** Stryker has a tree of packages of its own, which only this task installs. */
function ensureStryker(): string {
  const folder = join(TOOLS, "node_modules");
  const entry = join(folder, "@stryker-mutator/core/bin/stryker.js");
  if (!existsSync(entry)) {
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: TOOLS,
      stdio: ["ignore", "ignore", "inherit"],
      env: environment(),
    });
    if (status !== 0) throw new Error("StrykerJS could not be installed");
  }
  return entry;
}

/**
 * Makes the mutants of a file, and runs the tests against each until one fails.
 * @param places Only those that are there; every one without.
 */
export function mutateTypeScript(
  file: string,
  tests: readonly string[],
  places: readonly string[] | undefined,
): Mutant[] {
  const entry = ensureStryker();
  const copy = freshCopy();
  const report = join(WORK, "report.json");
  const config = join(WORK, "stryker.json");
  rmSync(report, { force: true });
  mkdirSync(WORK, { recursive: true });
  const settings = {
    testRunner: "tap",
    plugins: [join(TOOLS, "node_modules/@stryker-mutator/tap-runner/dist/src/index.js")],
    tap: {
      testFiles: tests.map(testFile),
      nodeArgs: [
        "--disable-warning=ExperimentalWarning",
        "--test-reporter=tap",
        "-r",
        "{{hookFile}}",
        "{{testFile}}",
      ],
      forceBail: true,
    },
    mutate: places === undefined ? [file] : places.map((place) => `${file}:${place}`),
    inPlace: true,
    tempDirName: join(WORK, "stryker"),
    coverageAnalysis: "perTest",
    concurrency: 1,
    // A mutant that waits for ever is one that the tests notice. On top of the time that they take without any.
    timeoutMS: 2500,
    timeoutFactor: 2,
    reporters: ["json"],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
    checkers: [],
    ignorePatterns: ["*", `!${file}`],
    disableTypeChecks: false,
  };
  writeFileSync(config, JSON.stringify(settings));
  const { status } = spawnSync("node", [entry, "run", config, "--logLevel", "warn"], {
    cwd: copy,
    stdio: ["ignore", "ignore", "inherit"],
    env: environment(),
  });
  if (status !== 0 || !existsSync(report)) throw new Error(`Stryker failed at ${file}`);
  return mutantsOf(JSON.parse(readFileSync(report, "utf8")));
}

/** The mutants of a report. */
export function mutantsOf(report: Report): Mutant[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n");
    return mutants.flatMap(({ status, replacement, location: { start, end } }): Mutant[] => {
      const original = lines.slice(start.line - 1, end.line);
      original[original.length - 1] = original.at(-1)?.slice(0, end.column - 1) ?? "";
      original[0] = original[0]?.slice(start.column - 1) ?? "";
      return [{
        file,
        line: lines[start.line - 1]?.trim() ?? "",
        change: changeOf(original.join("\n"), replacement),
        // As Stryker takes ranges: columns from 0.
        place: `${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
        // What the tests cannot even start with (RuntimeError), they notice.
        fate: status === "Survived" || status === "NoCoverage" ? "survived" : "killed",
      }];
    });
  });
}
