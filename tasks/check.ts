// All static checks: `deno task check`. Prints a line per step, and stops at the first that fails.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { describedPackage, ROOT } from "./npm/entries.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { taskArguments } from "./usage.ts";

const USAGE = `usage: deno task check

Runs all static checks, and stops at the first that fails.

  --help   show this help`;

/** A command and its title. */
interface Step {
  readonly title: string;
  readonly executable: string;
  readonly parameters: readonly string[];
}

function deno(title: string, ...parameters: string[]): Step {
  return { title, executable: process.execPath, parameters };
}

function cargo(title: string, command: string, ...parameters: string[]): Step {
  const manifest = ["--manifest-path", "engines/native/Cargo.toml"];
  return { title, executable: "cargo", parameters: [command, ...manifest, ...parameters] };
}

/** Returns the steps, the fastest first. */
function steps(): readonly Step[] {
  const modules = new Set(describedPackage().entries.map(({ source }) => source));
  return [
    deno("dependencies", "install", "--quiet"),
    deno("formatting", "fmt", "--check"),
    deno("lint", "lint", "--quiet"),
    deno("types", "check", "--quiet", "."),
    deno("doc comments", "doc", "--lint", ...modules),
    deno("generated documentation", "task", "--quiet", "docs", "--check"),
    cargo("formatting of the crate", "fmt", "--check"),
    cargo("clippy", "clippy", "--quiet", "--locked", "--all-targets", "--", "-D", "warnings"),
  ];
}

function main(): void {
  taskArguments(USAGE);
  for (const { title, executable, parameters } of steps()) {
    const start = performance.now();
    showProgress(`${title} …`);
    const { status, error } = spawnSync(executable, parameters, { cwd: ROOT, stdio: "inherit" });
    if (status !== 0) {
      const why = error === undefined ? `exited with code ${status}` : error.message;
      console.error(`FAILED ${title}: ${executable} ${parameters.join(" ")} ${why}`);
      process.exitCode = 1;
      return;
    }
    hideProgress();
    console.log(`ok     ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
}

main();
