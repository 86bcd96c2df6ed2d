// `watch`: shows changes of flags as they happen.

import type { FlagDocument } from "../../engines/document.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { OpenedClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { changesBetween, printChanges } from "../diff.ts";
import { documentOf } from "../document.ts";
import { cliMessage, Interruption } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import { eventLog } from "../event_log.ts";
import type { Io } from "../io.ts";
import { pluralize, printable, style } from "../output.ts";
import { untilAborted } from "../until_aborted.ts";

const DEFAULT_INTERVAL_SECONDS = 10;

/** Shows changes of flags as they happen. */
export const watch: Command = {
  name: "watch",
  summary: "Shows changes of flags as they happen",
  notes: [
    "A server that can stream (Flipt v2) sends each change at once; any other is polled; files are watched. A server that " +
    "goes away is retried until it is back. Runs until it is interrupted, and then exits with code 0. With --json, each " +
    "event is one line.",
  ],
  operands: [],
  options: [
    {
      title: "updates",
      options: {
        interval: {
          type: "text",
          value: "SECONDS",
          summary: "the polling interval for a server that does not stream",
          default: String(DEFAULT_INTERVAL_SECONDS),
        },
        poll: { type: "switch", summary: "poll even if the server can stream" },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    { does: "a namespace", line: "watch --url http://localhost:8080 --namespace shop" },
    { does: "as JSON events", line: "watch --namespace shop --json" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const interruption = io.interruption();
  const isStreaming = !args.is("poll") && args.text("reference") === undefined;
  const updates: Pick<ClientOptions, "fetchMode" | "updateInterval"> = {
    fetchMode: isStreaming ? "streaming" : "polling",
    updateInterval: args.seconds("interval") ?? DEFAULT_INTERVAL_SECONDS,
  };
  let opened: OpenedClient;
  try {
    opened = await openClient(args, io, { updates, signal: interruption });
  } catch (error) {
    if (error instanceof Interruption) return exitCodes.ok;
    throw error;
  }
  try {
    logChanges(opened, args.is("json"), io);
    await untilAborted(interruption);
    return exitCodes.ok;
  } finally {
    opened.client.close();
  }
}

/** Logs each change from now on. */
function logChanges({ client, origin, namespace }: OpenedClient, json: boolean, io: Io): void {
  const log = eventLog(io.stdout, json);
  let document: FlagDocument = documentOf(client.getSnapshot());
  const { mode } = client.status;
  const count = document.flags.length;
  log(
    "start",
    { origin, namespace, mode, flags: count },
    printable(`watching ${pluralize(count, "flag")} in the namespace ${namespace} of ${origin} (${mode})`),
  );
  client.on("update", ({ digest }) => {
    const before = document;
    document = documentOf(client.getSnapshot());
    const changes = changesBetween(before, document);
    if (changes.length === 0) return;
    log(
      "update",
      { digest, changes },
      `${pluralize(changes.length, "flag")} changed`,
    );
    if (!json) printChanges(io.stdout, changes);
  });
  let lastMessage: string | undefined;
  client.on("error", (error) => {
    const message = cliMessage(error);
    // Log a failure that goes on only once.
    if (message === lastMessage) return;
    lastMessage = message;
    log("error", { message }, style(io.stdout, "red", printable(message)));
  });
  client.on("status", ({ state, mode: now }) => {
    if (state === "closed") return;
    if (state === "ready") lastMessage = undefined;
    log("status", { state, mode: now }, `${state}, ${now}`);
  });
}
