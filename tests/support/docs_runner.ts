// Runs the programs and commands of the documentation: `docs_runner.ts JOBS RESULTS`, both files of JSON.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { format, promisify } from "node:util";
import { main } from "../../cli/mod.ts";
import { ownRuntime, RUNTIMES } from "../../tasks/runtimes.ts";
import { FliptTestServer } from "../../testing/server.ts";
import type { Job, JobResult } from "./docs_programs.ts";
import { SERVER } from "./docs_programs.ts";
import { shopDocument } from "./runtime.ts";

/** How long one may take, in milliseconds. */
const PATIENCE = 20_000;

const [list = "", target = ""] = process.argv.slice(2);
const jobs: readonly Job[] = JSON.parse(readFileSync(list, "utf8"));
const results: JobResult[] = [];
/** What programs print; one that goes on behind, as a client does that nobody closed, may still print during another. */
let printed: string[] = [];
/** What commands print, which have streams of their own. */
let written: string[] = [];
let strays: string[] = [];
for (const name of ["log", "info", "warn", "error"] as const) {
  console[name] = (...words: unknown[]) => void printed.push(format(...words));
}
process.on("unhandledRejection", (error) => void strays.push(`an unhandled rejection: ${error}`));

const shop = shopDocument();
const server = await FliptTestServer.start({
  documents: { shop, default: { ...shop, namespace: { key: "default" } } },
});

async function run({ place, program, command }: Job): Promise<JobResult> {
  printed = [];
  written = [];
  strays = [];
  let status: number | undefined;
  let error: string | undefined;
  try {
    const work = program !== undefined ? load(program) : evaluate(command ?? []);
    status = await within(work) ?? undefined;
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
  }
  if (strays.length > 0) error = [error ?? "", ...strays].join("\n");
  return { place, output: program === undefined ? written.join("") : printed.join("\n"), error, status };
}

async function load(program: string): Promise<undefined> {
  const source = readFileSync(program, "utf8");
  writeFileSync(program, source.replace(SERVER, server.url));
  try {
    if (program.endsWith(".cjs")) await start(program);
    else await import(pathToFileURL(program).href);
  } finally {
    writeFileSync(program, source);
  }
}

/** Runs a program that tells nobody when it is done but by its end. */
async function start(program: string): Promise<void> {
  const { name, executable } = ownRuntime();
  const { stdout } = await promisify(execFile)(executable, [...RUNTIMES[name].program, program]);
  printed.push(stdout.trimEnd());
}

async function evaluate(words: readonly string[]): Promise<number> {
  const output = { write: (text: string) => void written.push(text), styled: false, columns: 100 };
  return await main(words.map((word) => word.replace(SERVER, server.url)), {
    // What is asked without an address is asked of the server, too.
    environment: { FLIPT_URL: server.url },
    stdout: output,
    stderr: output,
    stdin: () => Promise.resolve(""),
    interruption: () => new AbortController().signal,
  });
}

function within<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it is not done after ${PATIENCE} ms`)), PATIENCE);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

for (const job of jobs) results.push(await run(job));
writeFileSync(target, JSON.stringify(results));
process.exit(0);
