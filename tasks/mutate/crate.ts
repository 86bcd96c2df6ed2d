// Mutants of the crate, by cargo-mutants: each is compiled and tested by itself, in the copy, on top of what was compiled
// before it.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../runtimes.ts";
import type { Mutant } from "./mutant.ts";
import { crateTests } from "./plan.ts";
import { environment, freshCopy, touchCrate, WORK } from "./workspace.ts";

/** Its version; installed once into a cache outside the repository. */
const CARGO_MUTANTS = "27.1.0";

const CRATE = "engines/native/";

/** The tests of a mutant take a third of the time with these, and compiling it hardly longer. */
const PROFILE: readonly string[] = ['profile.dev.package."*".opt-level=2', "profile.dev.opt-level=1"];

/** What is read of the report of cargo-mutants. */
interface Report {
  readonly outcomes: readonly {
    readonly summary: string;
    readonly scenario: "Baseline" | {
      readonly Mutant: {
        readonly name: string;
        readonly file: string;
        readonly span: { readonly start: { readonly line: number } };
      };
    };
  }[];
}

function ensureCargoMutants(): string {
  const root = join(cacheFolder(), `cargo-mutants-${CARGO_MUTANTS}`);
  const executable = join(root, "bin/cargo-mutants");
  if (existsSync(executable)) return executable;
  const { status } = spawnSync(
    "cargo",
    ["install", "--quiet", "--locked", "--root", root, `cargo-mutants@${CARGO_MUTANTS}`],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  if (status !== 0) throw new Error("cargo-mutants could not be installed");
  return executable;
}

/**
 * Makes the mutants of a file of the crate, and runs its tests against each.
 * @param places Only those with these names; every one without.
 */
export function mutateCrate(file: string, places: readonly string[] | undefined): Mutant[] {
  const executable = ensureCargoMutants();
  const copy = freshCopy();
  touchCrate();
  const output = join(WORK, "mutants.out");
  rmSync(output, { recursive: true, force: true });
  const { status } = spawnSync(executable, [
    "mutants",
    ...["--in-place", "--dir", CRATE, "--file", file.slice(CRATE.length), "--output", WORK],
    // A mutant that runs for ever is one that the tests notice.
    ...[
      "--timeout",
      "20",
      "--build-timeout",
      "120",
      "--no-shuffle",
      "--baseline",
      "run",
      "--colors",
      "never",
    ],
    // As parameters of cargo, and not of the tests alone: else every test there is would be compiled for each mutant.
    ...[...PROFILE.map((setting) => `--config=${setting}`), "--locked", ...crateTests(file)].map((
      parameter,
    ) => `--cargo-arg=${parameter}`),
    ...(places ?? []).flatMap((place) => ["--re", `${RegExp.escape(place)}$`]),
  ], {
    cwd: copy,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...environment(),
      CARGO_TARGET_DIR: join(WORK, "crate"),
      // Nobody looks at a mutant in a debugger, and without this it compiles faster.
      CARGO_PROFILE_DEV_DEBUG: "0",
      CARGO_PROFILE_TEST_DEBUG: "0",
    },
  });
  // 0: all were noticed; 2: some survived; 3: some ran for ever.
  if (status !== 0 && status !== 2 && status !== 3) {
    throw new Error(`cargo-mutants failed at ${file} (${status})`);
  }
  const outcomes = join(output, "outcomes.json");
  // A file without anything to change has none.
  if (!existsSync(outcomes)) return [];
  const source = readFileSync(join(copy, file), "utf8");
  return crateMutantsOf(JSON.parse(readFileSync(outcomes, "utf8")), file, source);
}

/** The mutants of a report, those that do not compile left out. */
export function crateMutantsOf(report: Report, file: string, source: string): Mutant[] {
  const lines = source.split("\n");
  return report.outcomes.flatMap(({ scenario, summary }): Mutant[] => {
    if (scenario === "Baseline" || summary === "Unviable") return [];
    const { name, span } = scenario.Mutant;
    return [{
      file,
      line: lines[span.start.line - 1]?.trim() ?? "",
      // The name begins with the file, the line and the column, which move.
      place: name,
      change: name.replace(/^\S+:\d+:\d+: /, ""),
      fate: summary === "MissedMutant" ? "survived" : "killed",
    }];
  });
}
