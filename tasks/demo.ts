// Demonstrates the client: evaluates each flag for many visitors and measures the time, follows a change on the server,
// and goes on when the server is gone. Uses a server of its own, or only evaluates against a real one.

import { readFileSync } from "node:fs";
import process from "node:process";
import type { ClientOptions, Flag } from "../mod.ts";
import { FliptClient } from "../mod.ts";
import type { DocumentJson } from "../tests/support/server.ts";
import { FliptServer } from "../tests/support/server.ts";
import { ensureDemoEngine } from "./build_engine.ts";
import { ownRuntime, titleOf } from "./runtimes.ts";
import { tableLines } from "./table.ts";
import { endWithUsage, taskArguments } from "./usage.ts";
import type { Visitor } from "./visitors.ts";
import { visitors } from "./visitors.ts";

const USAGE = `usage: deno task demo [options]

Demonstrates the Flipt client.

Without options: starts a local Flipt server with the flags of a shop, evaluates them, changes a flag on the server, and
stops the server.

  --engine <name>       auto, native, portable or flipt-engine-ffi (default: native, or portable without cargo)
  --library <file>      the library file of that engine
  --help                show this help

With --url, only evaluates, with the flags of a real Flipt server:

  --url <url>           the server, such as http://localhost:8080
  --namespace <key>     the namespace (default: default)
  --environment <key>   the environment (default: default)
  --token <token>       a client token`;

/** The maximum number of visitors that each flag is evaluated for. */
const MAX_VISITORS = 4_000;
/** The maximum number of evaluations in one pass over all flags, so that many flags do not take longer than few. */
const MAX_EVALUATIONS_PER_PASS = 400_000;
/** The number of passes before the timed ones, for the runtime to compile the code. */
const WARM_UP_PASSES = 6;
/** The number of timed passes, of which the median counts. */
const TIMED_PASSES = 15;
/** The polling interval of the client. */
const POLLING_INTERVAL_SECONDS = 0.1;
/** How long to wait for the client to follow a change. */
const CHANGE_TIMEOUT_MS = 5_000;

/** The options on the command line. */
interface Arguments {
  readonly url?: string;
  readonly namespace?: string;
  readonly environment?: string;
  readonly token?: string;
  readonly engine?: string;
  readonly library?: string;
}

function readArguments(): Arguments {
  const text = { type: "string" } as const;
  const { values } = taskArguments(USAGE, {
    url: text,
    namespace: text,
    environment: text,
    token: text,
    engine: text,
    library: text,
  });
  const alone = (["namespace", "environment", "token"] as const).find((name) => values[name] !== undefined);
  if (values.url === undefined && alone !== undefined) endWithUsage(USAGE, `--${alone} needs --url`);
  return values;
}

async function main(): Promise<void> {
  const given = readArguments();
  const engine = engineOf(given);
  if (given.url === undefined) await local(engine);
  else await remote(given, engine);
}

/** The demo is about the native engine. If it cannot be built, prints a warning and uses the portable engine. */
function engineOf({ engine, library }: Arguments): Pick<ClientOptions, "engine" | "libraryPath"> {
  const isNative = engine === undefined || engine === "native";
  const libraryPath = library ?? (isNative ? ensureDemoEngine() : undefined);
  if (engine === undefined) return libraryPath === undefined ? {} : { engine: "native", libraryPath };
  // The client itself reports an unknown engine.
  return { engine: engine as ClientOptions["engine"], libraryPath };
}

/** Evaluates the flags of a real server. */
async function remote(given: Arguments, engine: ClientOptions): Promise<void> {
  const { url, namespace, environment, token } = given;
  using client = await FliptClient.init({
    ...engine,
    url,
    namespace,
    environment,
    authentication: token === undefined ? undefined : { clientToken: token },
    updateInterval: 0,
    requestTimeout: 10,
  });
  introduce(client, `the namespace ${namespace ?? "default"} of ${url}`);
  evaluate(client);
}

/** Runs the whole demo, with a server of its own. */
async function local(engine: ClientOptions): Promise<void> {
  const document = shopDocument();
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  using client = await FliptClient.init({
    ...engine,
    url: server.url,
    namespace: "shop",
    updateInterval: POLLING_INTERVAL_SECONDS,
    errorStrategy: "fallback",
  });
  // That the server is gone in the end is told by the demo itself, not by the log of the client.
  client.on("error", () => {});
  introduce(client, `the shop's flags, from the demo's own server at ${server.url}`);
  evaluate(client);
  await followChange(client, server, document);
  await goOnOffline(client, server);
}

function introduce(client: FliptClient, flags: string): void {
  const { kind, library, reason } = client.engine;
  console.log(`runtime  ${titleOf(ownRuntime())}`);
  console.log(`engine   ${kind}${library === undefined ? "" : ` (${library})`}`);
  if (reason !== undefined) console.log(`reason   ${reason}`);
  console.log(`flags    ${flags}\n`);
}

/** Evaluates every flag for every visitor, and prints the answers with their reasons, shares and times. */
function evaluate(client: FliptClient): void {
  const flags = client.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
  if (flags.length === 0) throw new Error("there are no flags in this namespace");
  const people = visitors(
    Math.max(1, Math.min(MAX_VISITORS, Math.floor(MAX_EVALUATIONS_PER_PASS / flags.length))),
  );
  for (let pass = 0; pass < WARM_UP_PASSES; pass++) {
    for (const flag of flags) medianTime(client, flag, people, 1);
  }
  const rows = flags.flatMap((flag) => flagRows(client, flag, people));
  const [titles = "", ...lines] = tableLines([
    { title: "flag" },
    { title: "type" },
    { title: "answer" },
    { title: "reason" },
    { title: "share", align: "right" },
    { title: "ns/evaluation", align: "right" },
  ], rows);
  console.log(emphasis(titles));
  for (const line of lines) console.log(line);
  const evaluations = flags.length * people.length * (WARM_UP_PASSES + 1 + TIMED_PASSES);
  console.log(
    `\n${evaluations.toLocaleString("en")} evaluations for ${people.length.toLocaleString("en")} visitors; ` +
      `times are medians of ${TIMED_PASSES} rounds\n`,
  );
}

function flagRows(client: FliptClient, flag: Flag, people: readonly Visitor[]): string[][] {
  const counts = new Map<string, number>();
  for (const visitor of people) {
    const row = answer(client, flag, visitor).join("\0");
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const time = String(Math.round(medianTime(client, flag, people, TIMED_PASSES)));
  const type = flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
  return [...counts].sort(([, a], [, b]) => b - a).map(([row, count], index) => {
    const [value = "", reason = ""] = row.split("\0");
    const share = `${(count / people.length * 100).toFixed(1)} %`;
    const first = index === 0;
    return [first ? flag.key : "", first ? type : "", value, reason, share, first ? time : ""];
  });
}

/** Returns the answer for a visitor and its reason, both in a few words. */
function answer(
  client: FliptClient,
  flag: Flag,
  { entityId, context }: Visitor,
): [value: string, reason: string] {
  if (flag.type === "BOOLEAN_FLAG_TYPE") {
    const { enabled, reason, segmentKeys } = client.evaluateBoolean(flag.key, entityId, context);
    return [enabled ? "on" : "off", reasonText(reason, segmentKeys, "a threshold")];
  }
  const { variantKey, reason, segmentKeys } = client.evaluateVariant(flag.key, entityId, context);
  return [variantKey === "" ? "-" : variantKey, reasonText(reason, segmentKeys, "a rule")];
}

function reasonText(reason: string, segmentKeys: readonly string[], otherwise: string): string {
  switch (reason) {
    case "MATCH_EVALUATION_REASON":
      return segmentKeys.length === 0 ? otherwise : [...segmentKeys].sort().join(" + ");
    case "FLAG_DISABLED_EVALUATION_REASON":
      return "the flag is disabled";
    case "DEFAULT_EVALUATION_REASON":
      return "the default";
    default:
      return "no rule";
  }
}

/** Returns the nanoseconds per evaluation: the median of `passes` over all visitors. */
function medianTime(client: FliptClient, flag: Flag, people: readonly Visitor[], passes: number): number {
  const evaluateOne = flag.type === "BOOLEAN_FLAG_TYPE"
    ? (visitor: Visitor) => client.evaluateBoolean(flag.key, visitor.entityId, visitor.context)
    : (visitor: Visitor) => client.evaluateVariant(flag.key, visitor.entityId, visitor.context);
  const times = Array.from({ length: passes }, () => {
    const start = performance.now();
    for (const visitor of people) evaluateOne(visitor);
    return (performance.now() - start) / people.length * 1_000_000;
  });
  return times.sort((a, b) => a - b)[Math.floor(passes / 2)] ?? 0;
}

/** Turns a flag off on the server and waits until the client has followed. */
async function followChange(client: FliptClient, server: FliptServer, document: DocumentJson): Promise<void> {
  const isOn = (): boolean => client.evaluateBoolean("dark-mode", "visitor-1").enabled;
  if (!isOn()) throw new Error("dark-mode should be on before it is changed");
  // A poll may be overdue after the evaluations. After this fetch, the next one is a whole interval away.
  await client.refresh();
  const flags = document.flags.map((flag) => flag.key === "dark-mode" ? { ...flag, enabled: false } : flag);
  server.setDocument("shop", { ...document, flags });
  const start = performance.now();
  while (isOn()) {
    if (performance.now() - start > CHANGE_TIMEOUT_MS) {
      throw new Error("the client did not follow a change on the server");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const millis = Math.round(performance.now() - start);
  console.log(
    `changed  dark-mode is turned off on the server; the client, polling every ${POLLING_INTERVAL_SECONDS} s, ` +
      `followed after ${millis} ms`,
  );
}

/** Stops the server and compares the answers. */
async function goOnOffline(client: FliptClient, server: FliptServer): Promise<void> {
  const people = visitors(MAX_VISITORS);
  const before = allAnswers(client, people);
  await server.close();
  const error = await client.refresh().then(() => undefined, (reason: unknown) => reason);
  if (error === undefined) throw new Error("a refresh succeeded although the server is stopped");
  console.log(`offline  the server is stopped: ${errorText(error)}`);
  const after = allAnswers(client, people);
  const differences = after.filter((value, index) => value !== before[index]).length;
  if (differences > 0) throw new Error(`${differences} answers differ after the server was stopped`);
  console.log(`         all ${after.length.toLocaleString("en")} answers are the same as before`);
}

function allAnswers(client: FliptClient, people: readonly Visitor[]): string[] {
  const flags = client.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
  return flags.flatMap((flag) => people.map((visitor) => answer(client, flag, visitor).join(" ")));
}

function shopDocument(): DocumentJson {
  return JSON.parse(readFileSync(new URL("../tests/fixtures/shop/v2.json", import.meta.url), "utf8"));
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Bold on a terminal, plain elsewhere. */
function emphasis(text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001b[1m${text}\u001b[0m` : text;
}

main().catch((error: unknown) => {
  console.error(`the demo failed: ${errorText(error)}`);
  process.exitCode = 1;
});
