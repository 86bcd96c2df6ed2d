// Shows the client at work: what each flag answers to a crowd of visitors and how long that takes, then how the client
// follows a change on the server, and how it goes on without the server. Brings its own server, or asks a real one.

import { readFileSync } from "node:fs";
import process from "node:process";
import type { ClientOptions, Flag } from "../mod.ts";
import { FliptClient } from "../mod.ts";
import type { DocumentJson } from "../tests/support/server.ts";
import { FliptServer } from "../tests/support/server.ts";
import { ensureEngine } from "./build_engine.ts";
import { ownRuntime, titleOf } from "./runtimes.ts";
import { tableLines } from "./table.ts";
import { endWithUsage, taskArguments } from "./usage.ts";
import type { Visitor } from "./visitors.ts";
import { visitors } from "./visitors.ts";

const USAGE = `usage: deno task demo [options]

Shows the Flipt client at work.

Without options: starts a small Flipt-speaking server with the flags of a shop on this machine, evaluates them, changes
a flag on the server, and takes the server away.

  --engine <name>       auto, native, portable or flipt-engine-ffi (default: auto)
  --library <file>      the library of that engine
  --help                this text

With --url, only the evaluations, against a real Flipt:

  --url <url>           where it is, such as http://localhost:8080
  --namespace <key>     the namespace (default: default)
  --environment <key>   the environment (default: default)
  --token <token>       a client token`;

/** The most visitors that each flag is evaluated for. */
const crowd = 4_000;
/** The most evaluations of one pass over all flags, so that many flags take no longer than few. */
const passLimit = 400_000;
/** The passes before any is timed, so that the runtime has compiled what it will compile. */
const warmUps = 6;
/** The passes that are timed; the median counts. */
const rounds = 15;
/** Seconds between two polls. */
const pollingInterval = 0.1;
/** The longest wait for the client to see a change, in milliseconds. */
const patience = 5_000;

/** What was asked for on the command line. */
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
  // The client itself says what is wrong with an engine of another name.
  const engine: ClientOptions = {
    engine: given.engine as ClientOptions["engine"],
    libraryPath: given.library,
  };
  // What the demo shows is the native engine; where it cannot be built, that is told, and the portable one runs.
  if (given.engine === undefined || given.engine === "native") ensureEngine();
  if (given.url === undefined) await local(engine);
  else await remote(given, engine);
}

/** The evaluations, against a server that is there already. */
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

/** Everything, against a server of its own. */
async function local(engine: ClientOptions): Promise<void> {
  const document = shopDocument();
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  using client = await FliptClient.init({
    ...engine,
    url: server.url,
    namespace: "shop",
    updateInterval: pollingInterval,
    errorStrategy: "fallback",
  });
  introduce(client, `the shop's flags, from a server of this demo at ${server.url}`);
  evaluate(client);
  await followChange(client, server, document);
  await goOnAlone(client, server);
}

function introduce(client: FliptClient, flags: string): void {
  const { kind, library, reason } = client.engine;
  console.log(`runtime  ${titleOf(ownRuntime())}`);
  console.log(`engine   ${kind}${library === undefined ? "" : ` (${library})`}`);
  if (reason !== undefined) console.log(`because  ${reason}`);
  console.log(`flags    ${flags}\n`);
}

/** Evaluates every flag for every visitor and prints who got what, why, and in what time. */
function evaluate(client: FliptClient): void {
  const flags = client.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
  if (flags.length === 0) throw new Error("there are no flags in this namespace");
  const people = visitors(Math.max(1, Math.min(crowd, Math.floor(passLimit / flags.length))));
  for (let pass = 0; pass < warmUps; pass++) {
    for (const flag of flags) medianTime(client, flag, people, 1);
  }
  const rows = flags.flatMap((flag) => flagRows(client, flag, people));
  const [titles = "", ...lines] = tableLines([
    { title: "flag" },
    { title: "type" },
    { title: "answer" },
    { title: "because of" },
    { title: "share", align: "right" },
    { title: "ns/evaluation", align: "right" },
  ], rows);
  console.log(emphasis(titles));
  for (const line of lines) console.log(line);
  const evaluations = flags.length * people.length * (warmUps + 1 + rounds);
  console.log(
    `\n${evaluations.toLocaleString("en")} evaluations for ${people.length.toLocaleString("en")} visitors; ` +
      `the times are medians of ${rounds} rounds\n`,
  );
}

function flagRows(client: FliptClient, flag: Flag, people: readonly Visitor[]): string[][] {
  const counts = new Map<string, number>();
  for (const visitor of people) {
    const row = answer(client, flag, visitor).join("\0");
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const time = String(Math.round(medianTime(client, flag, people, rounds)));
  const type = flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
  return [...counts].sort(([, a], [, b]) => b - a).map(([row, count], index) => {
    const [value = "", cause = ""] = row.split("\0");
    const share = `${(count / people.length * 100).toFixed(1)} %`;
    const first = index === 0;
    return [first ? flag.key : "", first ? type : "", value, cause, share, first ? time : ""];
  });
}

/** What a visitor gets, and why, both in a few words. */
function answer(
  client: FliptClient,
  flag: Flag,
  { entityId, context }: Visitor,
): [value: string, cause: string] {
  if (flag.type === "BOOLEAN_FLAG_TYPE") {
    const { enabled, reason, segmentKeys } = client.evaluateBoolean(flag.key, entityId, context);
    return [enabled ? "on" : "off", cause(reason, segmentKeys, "a threshold")];
  }
  const { variantKey, reason, segmentKeys } = client.evaluateVariant(flag.key, entityId, context);
  return [variantKey === "" ? "-" : variantKey, cause(reason, segmentKeys, "a rule")];
}

function cause(reason: string, segmentKeys: readonly string[], otherwise: string): string {
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

/** Nanoseconds for one evaluation: the median of `passes` over all visitors. */
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

/** Turns a flag off on the server and waits until the client has seen it. */
async function followChange(client: FliptClient, server: FliptServer, document: DocumentJson): Promise<void> {
  const isOn = (): boolean => client.evaluateBoolean("dark-mode", "visitor-1").enabled;
  if (!isOn()) throw new Error("dark-mode should be on before it is changed");
  // A poll that fell due during the evaluations is over after this: the next is a whole interval away.
  await client.refresh();
  const flags = document.flags.map((flag) => flag.key === "dark-mode" ? { ...flag, enabled: false } : flag);
  server.setDocument("shop", { ...document, flags });
  const start = performance.now();
  while (isOn()) {
    if (performance.now() - start > patience) {
      throw new Error("the client did not follow a change on the server");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const millis = Math.round(performance.now() - start);
  console.log(
    `changed  dark-mode is turned off on the server; the client, polling every ${pollingInterval} s, ` +
      `followed after ${millis} ms`,
  );
}

/** Takes the server away and compares the answers. */
async function goOnAlone(client: FliptClient, server: FliptServer): Promise<void> {
  const people = visitors(crowd);
  const before = allAnswers(client, people);
  await server.close();
  const error = await client.refresh().then(() => undefined, (reason: unknown) => reason);
  if (error === undefined) throw new Error("a refresh succeeded although the server is gone");
  console.log(`alone    the server is gone: ${messageOf(error)}`);
  const after = allAnswers(client, people);
  const differences = after.filter((value, index) => value !== before[index]).length;
  if (differences > 0) throw new Error(`${differences} answers differ now that the server is gone`);
  console.log(`         all ${after.length.toLocaleString("en")} answers are the same as before`);
}

function allAnswers(client: FliptClient, people: readonly Visitor[]): string[] {
  const flags = client.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
  return flags.flatMap((flag) => people.map((visitor) => answer(client, flag, visitor).join(" ")));
}

function shopDocument(): DocumentJson {
  return JSON.parse(readFileSync(new URL("../tests/fixtures/shop/v2.json", import.meta.url), "utf8"));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Bold on a terminal, plain elsewhere. */
function emphasis(text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001b[1m${text}\u001b[0m` : text;
}

main().catch((error: unknown) => {
  console.error(`the demo failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
