// Records what a server's own evaluation API answers to the requests of tests/fixtures/evaluation-api, for the tests of
// `flipt-ffi compare`: of a Flipt server that serves the features beside them, or of the stand-in where there is none.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readDocument } from "../file/mod.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const USAGE = `usage: deno task record:answers --version <1|2> (--url <url> --from <name> | --stand-in)

Records the answers of a server's evaluation API into tests/fixtures/evaluation-api/v1.json or v2.json. The server must
serve features.yml of that folder: a v1 server as it is, a v2 server as shop/features.yml.

  --version <1|2>   the version of Flipt
  --url <url>       the server, such as http://localhost:8080
  --from <name>     its full version, such as "Flipt v2.11.0", which the file states
  --stand-in        a program that stands in for a server (needs go)
  --help            show this help`;

const FOLDER = new URL("../tests/fixtures/evaluation-api/", import.meta.url);
const NAMESPACE = "shop";
/** Without it, a v1 server leaves out the default variants. */
const ACCEPTED_SERVER_VERSION = "1.47.0";

/** A question and its answer, as they were on the wire. */
export interface Exchange {
  /** The question. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The answer. */
  readonly response: unknown;
}

/** What was recorded. */
export interface Recording {
  /** How it was made. */
  readonly made: string;
  /** The flag state that the server sends to clients. */
  readonly document: unknown;
  /** Every question, in order. */
  readonly exchanges: readonly Exchange[];
}

/** Returns the questions of the folder. */
export function recordedQuestions(): Record<string, unknown>[] {
  return readFileSync(new URL("requests.ndjson", FOLDER), "utf8").trim().split("\n")
    .map((line) => JSON.parse(line));
}

/**
 * Records the answers of a server.
 * @throws {Error} (rejects) when it does not answer, or does not serve the features.
 */
export async function record(url: string, made: string): Promise<Recording> {
  const snapshot = await fetch(`${url}/internal/v1/evaluation/snapshot/namespace/${NAMESPACE}`, {
    headers: { "X-Flipt-Accept-Server-Version": ACCEPTED_SERVER_VERSION },
  });
  const document = await contentOf(snapshot) as { flags?: readonly { key: string }[] };
  const served = (document.flags ?? []).map(({ key }) => key).sort().join();
  const wanted = (await features()).flags.map(({ key }) => key).sort().join();
  if (served !== wanted) throw new Error(`the server has the flags ${served}, and not those of features.yml`);
  const questions = recordedQuestions();
  const batch = await fetch(`${url}/evaluate/v1/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ requests: questions.map((each) => ({ namespaceKey: NAMESPACE, ...each })) }),
  });
  const { responses = [] } = await contentOf(batch) as { responses?: readonly unknown[] };
  if (responses.length !== questions.length) throw new Error(`the server gave ${responses.length} answers`);
  const exchanges = questions.map((request, index) => ({ request, response: responses[index] }));
  return { made, document, exchanges };
}

async function contentOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

function features(): ReturnType<typeof readDocument> {
  return readDocument(new URL("features.yml", FOLDER), { namespace: NAMESPACE });
}

/** Returns a recording as text, an exchange a line. */
export function recordingText({ made, document, exchanges }: Recording): string {
  const lines = exchanges.map((exchange) => `    ${JSON.stringify(exchange)}`).join(",\n");
  const [first, second] = [made, document].map((part) => JSON.stringify(part));
  return `{\n  "made": ${first},\n  "document": ${second},\n  "exchanges": [\n${lines}\n  ]\n}\n`;
}

/** Records the stand-in. */
async function recordStandIn(version: string): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-stand-in-"));
  const program = join(folder, "stand_in");
  const source = fileURLToPath(new URL("stand_in.go", FOLDER));
  try {
    const { status, error } = spawnSync("go", ["build", "-o", program, source], { stdio: "inherit" });
    if (status !== 0) throw new Error("the stand-in could not be built (no go?)", { cause: error });
    const child = spawn(program, ["-version", version], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      child.stdin.end(JSON.stringify(await features()));
      const [url] = await Promise.race([
        once(createInterface(child.stdout), "line"),
        once(child, "exit").then(() => Promise.reject(new Error("the stand-in did not start"))),
      ]);
      return await record(String(url), `computed by stand_in.go in place of Flipt v${version}, not recorded`);
    } finally {
      child.kill();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values: { version, url, from, "stand-in": standIn } } = taskArguments(USAGE, {
    version: { type: "string" },
    url: { type: "string" },
    from: { type: "string" },
    "stand-in": { type: "boolean" },
  });
  if (version !== "1" && version !== "2") endWithUsage(USAGE, "--version must be 1 or 2");
  if (standIn === (url !== undefined) || url !== undefined && from === undefined) {
    endWithUsage(USAGE, "either --url and --from or --stand-in must be given");
  }
  const recording = standIn
    ? await recordStandIn(version)
    : await record(String(url).replace(/\/+$/, ""), `recorded from ${from}`);
  const file = new URL(`v${version}.json`, FOLDER);
  writeFileSync(file, recordingText(recording));
  console.log(`${recording.exchanges.length} exchanges: ${fileURLToPath(file)}`);
}

if (import.meta.main) await main();
