// Proves the libraries in engines/native/libraries/, target by target, and prints what was proven by what. With --cheap
// only what needs no emulator: this machine's own, and what can be said of the others without running them.

import { join } from "node:path";
import process from "node:process";
import { targetOf, targets } from "../engines/native/manifest.ts";
import { currentPlatform } from "../ffi/platform.ts";
import { ensureEngine } from "./build_engine.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { ensureLief } from "./targets/library_facts.ts";
import { isWhole, LIBRARIES, listedEntries } from "./targets/library_files.ts";
import { expectedAnswers } from "./targets/proof.ts";
import { type Proof, proofsOf } from "./targets/proofs.ts";
import { Skipped } from "./targets/runs.ts";
import { type Candidate, checkLibraries, type StaticResult } from "./targets/static_checks.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

/** A line of the table. */
interface Line {
  readonly target: string;
  readonly status: "ok" | "FAILED" | "skipped";
  readonly what: string;
  readonly detail: string;
}

const own = targetOf(currentPlatform());

const USAGE = `usage: deno task verify:targets [--target <target>]… [--cheap]

Checks the libraries that deno task build:engines made, and runs those that can be run here: with the tools of
tasks/setup_cross.sh --verify, also those of other systems.

  --target <target>   only this one; may be repeated. One of
                        ${targets.join("\n                        ")}
  --cheap             only this machine's own is run
  --help              show this help`;

async function main(): Promise<void> {
  const { values } = taskArguments(USAGE, {
    target: { type: "string", multiple: true },
    cheap: { type: "boolean", default: false },
  });
  const wanted = values.target ?? targets;
  const unknown = wanted.filter((target) => !targets.includes(target));
  if (unknown.length > 0) endWithUsage(USAGE, `there is no target ${unknown.join(", ")}`);

  // First of all: where the checks cannot be made, that shows even when there is nothing to check.
  ensureLief();
  const expected = await expectedAnswers();
  const libraries = wanted.flatMap((target) => builtLibrary(target) ?? []);
  const checks = new Map(checkLibraries(libraries.filter(isStored)).map((result) => [result.target, result]));
  const lines: Line[] = [];
  const add = (line: Line): void => {
    hideProgress();
    lines.push(line);
    show(line);
  };
  for (const target of wanted) {
    const library = libraries.find((each) => each.target === target);
    if (library === undefined) {
      add({ target, status: "skipped", what: "everything", detail: "not built (deno task build:engines)" });
      continue;
    }
    const checked = staticLine(library, checks.get(target));
    add(checked);
    // Nothing of a file runs that is not what it should be.
    if (checked.status === "FAILED") continue;
    const proofs = proofsOf(target);
    if (proofs.length === 0) {
      add({
        target,
        status: "skipped",
        what: "running it",
        detail: "nothing here runs programs of this platform",
      });
    } else if (values.cheap && target !== own) {
      add({ target, status: "skipped", what: "running it", detail: "--cheap" });
    } else {
      for (const proof of proofs) {
        showProgress(`${target}: ${proof.by} …`);
        add(prove(library, proof, expected));
      }
    }
  }
  const of = (status: Line["status"]): number => lines.filter((line) => line.status === status).length;
  console.log(`\n${of("ok")} proven, ${of("FAILED")} failed, ${of("skipped")} SKIPPED`);
  if (of("FAILED") > 0 || of("ok") === 0) process.exitCode = 1;
}

/** The library of a target; of this machine's own, the one for tests where no others are built. */
function builtLibrary(target: string): Candidate | undefined {
  const entries = listedEntries();
  const entry = entries.find((listed) => listed.target === target);
  if (entry !== undefined) return { target, path: join(LIBRARIES, entry.file) };
  const path = target === own && entries.length === 0 ? ensureEngine() : undefined;
  return path === undefined ? undefined : { target, path };
}

/** Whether a library is built for all machines of its target, not for this one only. */
function isStored({ path }: Candidate): boolean {
  return path.startsWith(LIBRARIES);
}

function staticLine({ target, path }: Candidate, result: StaticResult | undefined): Line {
  const what = "static checks";
  if (result === undefined) {
    return { target, status: "skipped", what, detail: `${path} is built for this machine only` };
  }
  const isListed = listedEntries().some((entry) => entry.target === target && isWhole(entry));
  const problems = [
    ...isListed ? [] : ["the file is not the one that the manifest lists"],
    ...result.problems,
  ];
  return problems.length > 0
    ? { target, status: "FAILED", what, detail: problems.join("; ") }
    : { target, status: "ok", what, detail: result.proven.join(", ") };
}

function prove({ target, path }: Candidate, { by, answers }: Proof, expected: readonly string[]): Line {
  const start = performance.now();
  try {
    const given = answers(path);
    const wrong = expected.filter((answer, index) => given[index] !== answer).length;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    return wrong === 0 && given.length === expected.length
      ? { target, status: "ok", what: by, detail: `loaded, ${given.length} evaluations right, ${seconds} s` }
      : { target, status: "FAILED", what: by, detail: `${wrong} of ${expected.length} evaluations wrong` };
  } catch (error) {
    const status = error instanceof Skipped ? "skipped" : "FAILED";
    return { target, status, what: by, detail: (error as Error).message };
  }
}

function show({ target, status, what, detail }: Line): void {
  const word = status === "skipped" ? "SKIPPED" : status;
  console.log(`${word.padEnd(8)} ${target.padEnd(26)} ${what.padEnd(24)} ${detail}`);
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
