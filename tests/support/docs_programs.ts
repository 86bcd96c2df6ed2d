// Makes files of the programs in the documentation, and has them run, all of a runtime in one process.

import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describedPackage } from "../../tasks/npm/entries.ts";
import type { Fence } from "./docs.ts";
import { ROOT } from "./docs.ts";

/** What is run. */
export interface Job {
  /** Where it stands: `docs/engines.md:12`. */
  readonly place: string;
  /** The file of a program. */
  readonly program?: string;
  /** The words of a command line. */
  readonly command?: readonly string[];
}

/** What came of it. */
export interface JobResult {
  /** Where it stands. */
  readonly place: string;
  /** What it printed. */
  readonly output: string;
  /** What it threw. */
  readonly error?: string;
  /** The status that a command line ended with. */
  readonly status?: number;
}

/** What stands for the test server in programs and commands. */
export const SERVER = /http:\/\/localhost:8080|https:\/\/flipt\.example\.com/g;

/** The folder that programs are in and run in; the caller removes it. */
export function programFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-docs-"));
  mkdirSync(join(folder, "flags"));
  const features = join(ROOT, "tests/fixtures/shop/features.yml");
  copyFileSync(features, join(folder, "features.yml"));
  copyFileSync(features, join(folder, "flags/features.yml"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** Writes a fence as a program; gives its file. */
export function writeProgram(folder: string, { page, line, language, marks, code }: Fence): string {
  const { name, entries } = describedPackage();
  const urls = new Map(
    entries.map(({ subpath, source }) => [name + subpath.slice(1), pathToFileURL(join(ROOT, source)).href]),
  );
  const resolved = code.replace(
    /(from |import\(|require\()"(@flipt-ffi\/[^"]+)"/g,
    (whole, before, specifier) => {
      const url = urls.get(specifier);
      if (url === undefined) return whole;
      return before + JSON.stringify(before === "require(" ? fileURLToPath(url) : url);
    },
  );
  const suffix = language === "ts" ? "ts" : marks.includes("commonjs") ? "cjs" : "mjs";
  const file = join(folder, `${page.replace(/^docs\//, "").replace(/\W/g, "_")}_${line}.${suffix}`);
  if (suffix !== "ts") {
    writeFileSync(file, resolved);
    return file;
  }
  // On one line, so that only one is to be taken off the lines in messages.
  writeFileSync(file, `${preludeOf(code, urls.get(name) ?? "")}\n${resolved}\n`);
  return file;
}

function preludeOf(code: string, url: string): string {
  const has = (pattern: RegExp): boolean => pattern.test(code);
  const wantsClient = has(/\bclient\./) && !has(/(const|let|using) client\b|\bclient: FliptClient\b/);
  const wantsClass = (wantsClient || has(/\bFliptClient\b/)) &&
    !has(/import (type )?\{[^}]*\bFliptClient\b[^}]*\} from "@flipt-ffi\/client"/);
  return [
    ...(has(/\bdocument\.|\blocation\b|\bWorkerGlobalScope\b/) ? [`/// <reference lib="dom" />\n`] : []),
    ...(wantsClass ? [`import { FliptClient } from "${url}";`] : []),
    ...(wantsClient
      ? [
        `const client = await FliptClient.init({ url: "http://localhost:8080", namespace: "shop", errorStrategy: "fallback" });`,
      ]
      : []),
    "export {};",
  ].join(" ");
}

/** What is printed where a comment behind `console.log` says so; `…` stands for anything. */
export function promisedOutput(code: string): RegExp {
  const promised = [...code.matchAll(/^.*console\.log\(.*\);? \/\/ (.+)$/gm)].map(([, text = ""]) =>
    text.split("…").map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join(".*")
  );
  return new RegExp(promised.map((text) => `^${text}$`).join("[^]*"), "m");
}

/** Runs programs and commands, one after the other, in a process of the runtime under test. */
export async function runJobs(folder: string, jobs: readonly Job[]): Promise<JobResult[]> {
  const list = join(folder, "jobs.json");
  const results = join(folder, "results.json");
  writeFileSync(list, JSON.stringify(jobs));
  const runner = fileURLToPath(new URL("./docs_runner.ts", import.meta.url));
  const parameters = "Deno" in globalThis
    ? ["run", "-A", "--no-check", "--frozen", "--quiet", `--config=${join(ROOT, "deno.json")}`]
    : [];
  const { code, output } = await finished(process.execPath, [...parameters, runner, list, results], folder);
  if (code !== 0) throw new Error(`the programs of the documentation ended with ${code}:\n${output}`);
  return JSON.parse(readFileSync(results, "utf8"));
}

/** Type-checks programs with Deno; gives what it says when something is wrong. */
export async function checkPrograms(folder: string, programs: readonly string[]): Promise<string> {
  const parameters = ["check", "--quiet", "--frozen", `--config=${join(ROOT, "deno.json")}`, ...programs];
  const { code, output } = await finished(process.execPath, parameters, folder);
  return code === 0 ? "" : output;
}

async function finished(
  executable: string,
  parameters: readonly string[],
  folder: string,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const env: Record<string, string | undefined> = { ...process.env, NO_COLOR: "1" };
  for (const name of Object.keys(env)) if (name.startsWith("FLIPT_")) delete env[name];
  const child = spawn(executable, parameters, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  return await new Promise((resolve) =>
    child.once("close", (code, signal) => resolve({ code: code ?? signal ?? "", output }))
  );
}

/** Removes the folder of the programs. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
