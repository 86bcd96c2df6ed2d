// Fuzzes the targets written in TypeScript, one after the other, each in a process of its own.

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hideProgress, showProgress } from "../progress.ts";
import type { Outcome } from "./loop.ts";

const PROGRAM = fileURLToPath(new URL("script_target.ts", import.meta.url));

/** How a target is fuzzed. */
export interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Whether the corpus is replaced by the smallest one of the same coverage. */
  readonly merge: boolean;
}

/** Fuzzes a target. @returns whether nothing was found. */
export async function fuzzScript(name: string, { seconds, seed, merge }: FuzzOptions): Promise<boolean> {
  showProgress(`${name}: ${seconds} s`);
  const last = await lastLine([name, String(seconds), String(seed), merge ? "merge" : ""]);
  hideProgress();
  const outcome: Partial<Outcome> = last.startsWith("{") ? JSON.parse(last) : {};
  const { inputs, parts, corpus, finding } = outcome;
  if (finding !== undefined) {
    console.error(`!! ${name}: ${finding.problem}\n   ${JSON.stringify(finding.input)}`);
    return false;
  }
  if (inputs === undefined) {
    console.error(`!! ${name}: the process ended without a result`);
    return false;
  }
  console.log(`ok ${name}: ${inputs} inputs in ${seconds} s, ${parts} parts of the code, ${corpus} kept`);
  return true;
}

/** Runs the program of the targets. It is ended when it has a finding, since an input may never be done. */
function lastLine(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["run", "-A", "--no-check", PROGRAM, ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (text.includes('{"finding":')) child.kill("SIGKILL");
    });
    child.once("error", reject);
    child.once("close", () => resolve(text.trim().split("\n").at(-1) ?? ""));
  });
}
