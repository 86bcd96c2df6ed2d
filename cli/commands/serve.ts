// `serve`: runs a local Flipt server for flags in files.

import type { FlagDocument } from "../../engines/document.ts";
import { authorization } from "../../src/options/authentication.ts";
import type { DocumentSource } from "../../src/options/document_source.ts";
import { FliptError, isError } from "../../core/errors.ts";
import type { FeaturesWarning } from "../../file/mod.ts";
import type { FliptTestServer } from "../../testing/server.ts";
import type { Command } from "../command.ts";
import { changesBetween, printChanges } from "../diff.ts";
import { cliMessage } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { ensureFiles } from "../files.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { EventLog } from "../event_log.ts";
import { eventLog } from "../event_log.ts";
import type { Io } from "../io.ts";
import { pluralize, printable, printLine, style } from "../output.ts";
import { authentication, SERVE_AUTHENTICATION_OPTIONS } from "../server_options.ts";
import { LAYOUT_OPTION, layoutOf } from "../source_options.ts";
import { untilAborted } from "../until_aborted.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_HOST = "127.0.0.1";

/** Serves flags from files. */
export const serve: Command = {
  name: "serve",
  summary: "Serves flags from files, as a local Flipt server that follows changes of the files",
  notes: [
    "For development and tests: it serves evaluation clients of Flipt v1 and v2, which poll with ETags or stream, and no " +
    "other part of Flipt's API. A changed file is read at once, and the new state is sent to the open streams. While a " +
    "file is invalid, the last valid state is served. What servers accept but is most likely a mistake is logged as a " +
    "warning. Runs until it is interrupted, and then exits with code 0. With " +
    "--json, each event is one line.",
    "Open its address in a browser: the page at / shows what each flag answers to an entity and a context, follows the " +
    "files, explains an answer, and has code to paste into a program. Where a token is required there is no page.",
  ],
  operands: [{
    name: "FILE",
    summary: "features.yml or a folder of such files, in Flipt's declarative format",
    repeated: true,
  }],
  options: [
    {
      title: "server",
      options: {
        port: {
          type: "text",
          short: "p",
          value: "NUMBER",
          summary: "the port to listen on; 0 for any free port",
          default: String(DEFAULT_PORT),
        },
        host: { type: "text", value: "ADDRESS", summary: "the address to listen on", default: DEFAULT_HOST },
        environment: {
          type: "text",
          value: "KEY",
          summary: "the environment of the flags",
          default: "default",
        },
        "flipt-version": {
          type: "text",
          value: "1|2",
          summary: "the major version of Flipt to emulate; 1 has no streams",
          default: "2",
        },
        layout: LAYOUT_OPTION,
        requests: { type: "switch", summary: "log each request" },
      },
    },
    { ...SERVE_AUTHENTICATION_OPTIONS, title: "required authentication (default: none)" },
  ],
  examples: [
    { does: "on the default port of Flipt", line: "serve features.yml" },
    { does: "on a free port, which is printed", line: "serve flags/ --port 0" },
    {
      does: "like a v1 server, including which files are read",
      line: "serve flags/ --layout v1 --flipt-version 1",
    },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const interruption = io.interruption();
  const port = args.integer("port", 0, 65_535) ?? DEFAULT_PORT;
  const version = args.integer("flipt-version", 1, 2) === 1 ? 1 : 2;
  const hostname = args.text("host") ?? DEFAULT_HOST;
  const strategy = await authentication(args, io);
  const layout = layoutOf(args);
  ensureFiles(args.operands);
  const { fileSource, readDocuments, warningLine } = await import("../../file/mod.ts");
  const { FliptTestServer } = await import("../../testing/server.ts");
  const { PageAnswers } = await import("../serve/answers.ts");
  const log = eventLog(io.stdout, args.is("json"));
  let loggedWarnings: ReadonlySet<string> = new Set();
  const read = async (): Promise<Map<string, FlagDocument>> => {
    const current = new Set<string>();
    const onWarning = (warning: FeaturesWarning): void => {
      const line = warningLine(warning);
      current.add(line);
      if (loggedWarnings.has(line)) return;
      log("warning", { ...warning }, style(io.stdout, "yellow", printable(`warning: ${line}`)));
    };
    try {
      return await readDocuments(args.operands, { layout, onWarning });
    } finally {
      loggedWarnings = current;
    }
  };
  const follower = new FileFollower(fileSource(args.operands, { layout, watch: true }), () => reload());
  await follower.load();
  const documents = await read();
  const authorized = authorization(strategy);
  const authorizations = authorized === undefined ? undefined : [authorized];
  const server = await FliptTestServer.start({ port, hostname, version, authorizations })
    .catch((error: unknown) => {
      throw cannotListen(error, hostname, port);
    });
  const served = new ServedDocuments(server, args.text("environment"));
  const page = new PageAnswers();
  const reload = async (): Promise<void> => {
    try {
      const documents = await read();
      await page.replace(documents);
      for (const { namespace, before, after } of served.replace(documents)) {
        const changes = changesBetween(before, after);
        log("update", { namespace, changes }, printable(`the namespace ${namespace} changed`));
        if (!args.is("json")) printChanges(io.stdout, changes);
      }
    } catch (error) {
      const message = cliMessage(error);
      const [first = "", ...rest] = message.split("\n").map(printable);
      log("error", { message }, style(io.stdout, "red", `still serving the last valid state: ${first}`));
      if (!args.is("json")) { for (const line of rest) printLine(io.stdout, `    ${line}`); }
    }
  };
  try {
    await page.replace(documents);
    served.replace(documents);
    server.answerAlways(({ method, path }) => {
      // Whoever needs a token for the flags does not see them on a page either.
      const answer = authorizations === undefined ? page.answer(method, path) : undefined;
      if (answer === undefined && args.is("requests")) {
        log("request", { method, path }, printable(`${method} ${path}`));
      }
      // The test server records every request, which would grow without bound here.
      server.requests.length = 0;
      return answer;
    });
    logStart(log, server.url, documents);
    const stop = follower.start();
    await untilAborted(interruption);
    stop();
    return exitCodes.ok;
  } finally {
    await server.close();
  }
}

function logStart(log: EventLog, url: string, documents: ReadonlyMap<string, FlagDocument>): void {
  const counts = [...documents].map(([key, { flags }]) => [key, flags.length] as const);
  const list = counts.map(([key, count]) => `${key} (${pluralize(count, "flag")})`).join(", ");
  log("start", { url, namespaces: Object.fromEntries(counts) }, printable(`serving ${list} at ${url}`));
}

/** Watches files and calls back after each change. The source compares the files with those that it loaded last. */
class FileFollower {
  readonly #source: DocumentSource;
  readonly #onChange: () => Promise<void>;
  #isDue = false;
  #isRunning = false;

  /** Calls `onChange`, which does not reject, after each change, one call at a time. */
  constructor(source: DocumentSource, onChange: () => Promise<void>) {
    this.#source = source;
    this.#onChange = onChange;
  }

  /** Loads the files: only a later change is reported. */
  async load(): Promise<void> {
    const { signal } = new AbortController();
    // Errors are reported by readDocuments, which reads all namespaces.
    await this.#source.load({ namespace: "default", signal }).catch(() => {});
  }

  /** Starts watching. Returns a function that stops it. */
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
      await this.load();
      await this.#onChange();
    }
    this.#isRunning = false;
  }
}

/** A change of a namespace. */
interface Replacement {
  readonly namespace: string;
  readonly before: FlagDocument;
  readonly after: FlagDocument;
}

/** The documents of a server. */
class ServedDocuments {
  readonly #server: FliptTestServer;
  readonly #place: { readonly environment?: string };
  #documents: ReadonlyMap<string, FlagDocument> = new Map();

  constructor(server: FliptTestServer, environment: string | undefined) {
    this.#server = server;
    this.#place = { environment };
  }

  /** Replaces the served documents. Returns the namespaces that changed. */
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
  const code = isError(error) && "code" in error ? error.code : undefined;
  const reason = code === "EADDRINUSE"
    ? "the port is in use; choose another one with --port, or 0 for any free port"
    : cliMessage(error);
  return new FliptError(`cannot listen on port ${port} of ${hostname}: ${reason}`, { cause: error });
}
