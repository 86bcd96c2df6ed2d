// Checks all of a release that needs no credentials: `deno task release:check`, with `-- --tag v1.2.3` before it is
// published.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { changelogProblem, lockProblem, type Problem, taskProblem, versionProblem } from "./release_rules.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { writeSbom } from "./sbom.ts";
import { tableLines } from "./table.ts";
import { readResults, resultsProblem } from "./tools/results.ts";
import { TOOLS } from "./tools/rows.ts";
import { isCurrent } from "./third_party_licenses.ts";
import { taskArguments } from "./usage.ts";
import { versions } from "./version.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const LOCK_FILES = ["deno.lock", "engines/native/Cargo.lock"];

/** A check cannot be made on this machine. The message is the reason. */
class Skipped extends Error {}

/** A check. Its function returns the problem, or throws `Skipped`. */
interface Check {
  readonly title: string;
  readonly problem: () => Problem;
}

function text(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Runs a command. Returns the end of its output when it fails. */
function commandFailure(executable: string, parameters: readonly string[], folder: string = ROOT): Problem {
  const { status, stdout, stderr, error } = spawnSync(executable, parameters, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status === 0) return undefined;
  if (error !== undefined) throw new Skipped(`${executable} cannot be started`);
  const lines = `${stdout}\n${stderr}`.trim().split("\n");
  return `${executable} ${parameters.join(" ")} exited with code ${status}:\n${lines.slice(-20).join("\n")}`;
}

/** Returns the workflows and the script of the CI, by file name. */
function workflows(): ReadonlyMap<string, string> {
  const folder = ".github/workflows";
  const files = readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
  return new Map([...files, ".ci/run"].map((file) => [file, text(file)]));
}

function licences(): Problem {
  const current = isCurrent();
  if (current === undefined) throw new Skipped("cargo or the crates' sources are missing");
  return current ? undefined : "THIRD_PARTY_LICENSES is not up to date: run deno task licenses";
}

function billOfMaterials(): Problem {
  if (writeSbom() === undefined) throw new Skipped("cargo or the crates' sources are missing");
  return undefined;
}

function lockFiles(): Problem {
  for (const file of LOCK_FILES) {
    const problem = lockProblem(file, text(file)) ??
      commandFailure("git", ["ls-files", "--error-unmatch", file]);
    if (problem !== undefined) return problem;
  }
}

function cleanTree(): Problem {
  const { stdout } = spawnSync("git", ["status", "--porcelain"], { cwd: ROOT, encoding: "utf8" });
  const changed = stdout.split("\n").filter((line) => line !== "");
  return changed.length === 0
    ? undefined
    : `${changed.length} files are not committed, such as ${changed[0]?.slice(3)}`;
}

/** Runs a command in the folder that another task builds. */
function dryRun(folder: string, task: string, executable: string, parameters: readonly string[]): Problem {
  if (!existsSync(join(ROOT, folder))) throw new Skipped(`there is no ${folder}: run deno task ${task}`);
  return commandFailure(executable, parameters, join(ROOT, folder));
}

function actionlint(): Problem {
  const home = process.env["HOME"] ?? "";
  const paths = [process.env["ACTIONLINT"], join(home, "go/bin/actionlint")];
  const executable = paths.find((path) => path !== undefined && existsSync(path)) ?? "actionlint";
  return commandFailure(executable, ["-no-color"]);
}

function checks(tag: string | undefined): readonly Check[] {
  const [version = ""] = versions().values();
  const deno = JSON.parse(text("deno.json"));
  return [
    { title: "one version", problem: () => versionProblem(versions(), tag) },
    { title: "changelog", problem: () => changelogProblem(text("CHANGELOG.md"), version, tag !== undefined) },
    {
      title: "generated documentation",
      problem: () => commandFailure(process.execPath, ["task", "--quiet", "docs", "--check"]),
    },
    { title: "licences", problem: licences },
    { title: "lock files", problem: lockFiles },
    { title: "bill of materials and checksums", problem: billOfMaterials },
    { title: "tasks in workflows", problem: () => taskProblem(workflows(), deno.tasks) },
    { title: "workflows (actionlint)", problem: actionlint },
    {
      title: "JSR, from the sources",
      problem: () => commandFailure(process.execPath, ["publish", "--dry-run", "--allow-dirty"]),
    },
    {
      title: "JSR, from dist/jsr",
      problem: () =>
        dryRun("dist/jsr", "build:jsr", process.execPath, ["publish", "--dry-run", "--allow-dirty"]),
    },
    {
      title: "npm, from dist/npm",
      problem: () => dryRun("dist/npm", "build:npm", "npm", ["publish", "--dry-run", "--access", "public"]),
    },
    { title: "tools, as recorded", problem: () => resultsProblem(TOOLS, readResults()) },
    // All of it takes 20 minutes: for what is about to be published only.
    ...(tag === undefined ? [] : [{
      title: "tools",
      problem: () => commandFailure(process.execPath, ["task", "--quiet", "test:tools"]),
    }]),
    { title: "everything committed", problem: cleanTree },
  ];
}

/** Returns the result of a check as a word for the table, with the reason. */
function resultOf({ problem }: Check): { readonly word: string; readonly reason: string } {
  try {
    const reason = problem();
    return reason === undefined ? { word: "ok", reason: "" } : { word: "FAILED", reason };
  } catch (error) {
    if (error instanceof Skipped) return { word: "skipped", reason: error.message };
    return { word: "FAILED", reason: error instanceof Error ? error.message : String(error) };
  }
}

const USAGE = `usage: deno task release:check [--tag <tag>]

Checks that all parts of a release are consistent.

  --tag <tag>   the tag of the release, such as v1.2.3, which must be the version of the package
  --help        show this help`;

function main(): void {
  const { values } = taskArguments(USAGE, { tag: { type: "string" } });
  const results = checks(values.tag).map((check) => {
    showProgress(`${check.title} …`);
    return { title: check.title, ...resultOf(check) };
  });
  hideProgress();
  const rows = results.map(({ title, word, reason }) => [word, title, reason.split("\n")[0] ?? ""]);
  for (const line of tableLines([{ title: "" }, { title: "check" }, { title: "why" }], rows)) {
    console.log(line);
  }
  const failed = results.filter(({ word }) => word === "FAILED");
  for (const { title, reason } of failed.filter((each) => each.reason.includes("\n"))) {
    console.error(`\n--- ${title}\n${reason}`);
  }
  const skipped = results.filter(({ word }) => word === "skipped").length;
  console.log(
    `\n${results.length - failed.length - skipped} ok, ${failed.length} failed, ${skipped} skipped`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

main();
