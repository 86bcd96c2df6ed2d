// `serve`: a local Flipt server whose flags are in files.

import type { FlagDocument } from "../../engines/document.ts";
import { authorization } from "../../src/options/authentication.ts";
import type { DocumentSource } from "../../src/options/document_source.ts";
import { FliptError } from "../../core/errors.ts";
import type { FliptTestServer } from "../../testing/server.ts";
import type { Command } from "../command.ts";
import { changesBetween, sayChanges } from "../diff.ts";
import { messageOf } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { ensureFiles } from "../files.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import { counted, printable, say, sayJson, style } from "../output.ts";
import { authentication, typedAuthenticationOptions } from "../server_options.ts";
import { waitFor } from "../waiting.ts";

const defaultPort = 8080;
const defaultHost = "127.0.0.1";

/** Serves files of flags. */
export const serve: Command = {
  name: "serve",
  summary: "Serves flags from files, as a local Flipt server that follows the files",
  notes: [
    "For development and tests: it answers evaluation clients of Flipt v1 and v2, by polling with ETags and by streams, " +
    "and nothing else of Flipt's API. A file that is changed is read at once, and what changed is sent down the " +
    "streams; while it is not usable, the last good state is served. It runs until it is interrupted, and then ends " +
    "with 0. With --json, each event is one line.",
  ],
  operands: [{
    name: "FILE",
    summary: "features.yml or a folder of such files, in Flipt's declarative format",
    repeated: true,
  }],
  options: [
    {
      title: "how it serves",
      options: {
        port: {
          type: "text",
          short: "p",
          value: "NUMBER",
          summary: "0 for a free one",
          default: String(defaultPort),
        },
        host: { type: "text", value: "ADDRESS", summary: "the address to listen on", default: defaultHost },
        environment: {
          type: "text",
          value: "KEY",
          summary: "the environment of the flags",
          default: "default",
        },
        "flipt-version": {
          type: "text",
          value: "1|2",
          summary: "the Flipt to behave as; 1 has no streams",
          default: "2",
        },
        requests: { type: "switch", summary: "show each request" },
      },
    },
    { ...typedAuthenticationOptions, title: "who is let in (default: everybody)" },
  ],
  examples: [
    { does: "where clients look for Flipt by themselves", line: "serve features.yml" },
    { does: "on a free port, which it prints", line: "serve flags/ --port 0" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const interruption = io.interruption();
  const port = args.integer("port", 0, 65_535) ?? defaultPort;
  const version = args.integer("flipt-version", 1, 2) === 1 ? 1 : 2;
  const hostname = args.text("host") ?? defaultHost;
  const strategy = await authentication(args, io);
  ensureFiles(args.operands);
  const { fileSource, readDocuments } = await import("../../file/mod.ts");
  const { FliptTestServer } = await import("../../testing/server.ts");
  const read = (): Promise<Map<string, FlagDocument>> => readDocuments(args.operands);
  const follower = new Follower(fileSource(args.operands, { watch: true }), () => reload());
  await follower.look();
  const documents = await read();
  const authorizations = strategy === undefined ? undefined : [authorization(strategy)];
  const server = await FliptTestServer.start({ port, hostname, version, authorizations })
    .catch((error: unknown) => {
      throw cannotListen(error, hostname, port);
    });
  const log = logTo(io.stdout, args.is("json"));
  const served = new Served(server, args.text("environment"));
  const reload = async (): Promise<void> => {
    try {
      for (const { namespace, before, after } of served.replace(await read())) {
        const changes = changesBetween(before, after);
        log("update", { namespace, changes }, printable(`the namespace ${namespace} changed`));
        if (!args.is("json")) sayChanges(io.stdout, changes);
      }
    } catch (error) {
      const message = messageOf(error);
      const [first = "", ...rest] = message.split("\n").map(printable);
      log("error", { message }, style(io.stdout, "red", `the last good state is served: ${first}`));
      if (!args.is("json")) { for (const line of rest) say(io.stdout, `    ${line}`); }
    }
  };
  try {
    served.replace(documents);
    server.answerAlways(({ method, path }) => {
      if (args.is("requests")) log("request", { method, path }, printable(`${method} ${path}`));
      // A server for tests keeps every request; this one may run for days.
      server.requests.length = 0;
      return undefined;
    });
    tellStart(log, server.url, documents);
    const stop = follower.start();
    await waitFor(interruption);
    stop();
    return exitCodes.ok;
  } finally {
    await server.close();
  }
}

type Log = (event: string, members: Record<string, unknown>, sentence: string) => void;

function logTo(output: Output, json: boolean): Log {
  return (event, members, sentence) => {
    const time = new Date().toISOString();
    if (json) sayJson(output, { time, event, ...members }, true);
    else say(output, `${style(output, "dim", time)}  ${sentence}`);
  };
}

function tellStart(log: Log, url: string, documents: ReadonlyMap<string, FlagDocument>): void {
  const counts = [...documents].map(([key, { flags }]) => [key, flags.length] as const);
  const list = counts.map(([key, count]) => `${key} (${counted(count, "flag")})`).join(", ");
  log("start", { url, namespaces: Object.fromEntries(counts) }, printable(`serving ${list} at ${url}`));
}

/** Follows files: a source notices a change by what it loaded last, and whoever reads them all reads them after that. */
class Follower {
  readonly #source: DocumentSource;
  readonly #changed: () => Promise<void>;
  #isDue = false;
  #isRunning = false;

  /** Calls `changed` after each change, one call at a time; it does not reject. */
  constructor(source: DocumentSource, changed: () => Promise<void>) {
    this.#source = source;
    this.#changed = changed;
  }

  /** Looks at the files: later changes are changes from now. */
  async look(): Promise<void> {
    const { signal } = new AbortController();
    // What is wrong with the files is found by who reads them all.
    await this.#source.load({ namespace: "default", signal }).catch(() => {});
  }

  /** Begins; gives what ends it. */
  start(): () => void {
    return this.#source.watch?.(() => {
      this.#isDue = true;
      if (!this.#isRunning) void this.#run();
    }) ?? (() => {});
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDue) {
      this.#isDue = false;
      await this.look();
      await this.#changed();
    }
    this.#isRunning = false;
  }
}

/** What a namespace was and is. */
interface Replacement {
  readonly namespace: string;
  readonly before: FlagDocument;
  readonly after: FlagDocument;
}

/** The documents that a server has. */
class Served {
  readonly #server: FliptTestServer;
  readonly #place: { readonly environment?: string };
  #documents: ReadonlyMap<string, FlagDocument> = new Map();

  constructor(server: FliptTestServer, environment: string | undefined) {
    this.#server = server;
    this.#place = { environment };
  }

  /** Serves other documents from now on. Gives those that differ. */
  replace(documents: ReadonlyMap<string, FlagDocument>): Replacement[] {
    const replacements: Replacement[] = [];
    for (const namespace of new Set([...this.#documents.keys(), ...documents.keys()])) {
      const empty: FlagDocument = { namespace: { key: namespace }, flags: [] };
      const before = this.#documents.get(namespace);
      const after = documents.get(namespace);
      if (after === undefined) this.#server.removeDocument(namespace, this.#place);
      else if (before?.digest === after.digest) continue;
      else this.#server.push(namespace, after, this.#place);
      replacements.push({ namespace, before: before ?? empty, after: after ?? empty });
    }
    this.#documents = documents;
    return replacements;
  }
}

function cannotListen(error: unknown, hostname: string, port: number): FliptError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reason = code === "EADDRINUSE"
    ? "something else does already; choose another port with --port, or 0 for a free one"
    : messageOf(error);
  return new FliptError(`cannot listen on port ${port} of ${hostname}: ${reason}`, { cause: error });
}
