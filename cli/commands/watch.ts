// `watch`: what changes, as it changes.

import type { FlagDocument } from "../../engines/document.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";
import { clientOptionGroups, openClient } from "../client_options.ts";
import type { OpenedClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { changesBetween, sayChanges } from "../diff.ts";
import { documentOf } from "../document.ts";
import { Interruption, messageOf } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { counted, printable, say, sayJson, style } from "../output.ts";
import { waitFor } from "../waiting.ts";

const defaultInterval = 10;

/** Shows what changes, as it changes. */
export const watch: Command = {
  name: "watch",
  summary: "Shows which flags change, and how, as they change",
  notes: [
    "It runs until it is interrupted, and then ends with 0. A server that can stream (Flipt v2) tells of each change " +
    "at once; another is asked every few seconds; files are watched. A server that goes away is waited for. With --json, each event is " +
    "one line.",
  ],
  operands: [],
  options: [
    {
      title: "how it watches",
      options: {
        interval: {
          type: "text",
          value: "SECONDS",
          summary: "how often a server that does not stream is asked",
          default: String(defaultInterval),
        },
        poll: { type: "switch", summary: "ask, also where the server can stream" },
      },
    },
    ...clientOptionGroups,
  ],
  examples: [
    { does: "a namespace", line: "watch --url http://localhost:8080 --namespace shop" },
    { does: "as events for a program", line: "watch --namespace shop --json" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const interruption = io.interruption();
  const streams = !args.is("poll") && args.text("reference") === undefined;
  const updates: Pick<ClientOptions, "fetchMode" | "updateInterval"> = {
    fetchMode: streams ? "streaming" : "polling",
    updateInterval: args.seconds("interval") ?? defaultInterval,
  };
  let opened: OpenedClient;
  try {
    opened = await openClient(args, io, { updates, signal: interruption });
  } catch (error) {
    if (error instanceof Interruption) return exitCodes.ok;
    throw error;
  }
  try {
    follow(opened, args.is("json"), io);
    await waitFor(interruption);
    return exitCodes.ok;
  } finally {
    opened.client.close();
  }
}

/** Tells of each change from now on. */
function follow({ client, origin, namespace }: OpenedClient, json: boolean, io: Io): void {
  const tell = (event: string, members: Record<string, unknown>, sentence: string): void => {
    const time = new Date().toISOString();
    if (json) sayJson(io.stdout, { time, event, ...members }, true);
    else say(io.stdout, `${style(io.stdout, "dim", time)}  ${sentence}`);
  };
  let document: FlagDocument = documentOf(client.getSnapshot());
  const { mode } = client.status;
  const count = document.flags.length;
  tell(
    "start",
    { origin, namespace, mode, flags: count },
    printable(`watching ${counted(count, "flag")} of the namespace ${namespace} of ${origin} (${mode})`),
  );
  client.on("update", ({ digest }) => {
    const before = document;
    document = documentOf(client.getSnapshot());
    const changes = changesBetween(before, document);
    if (changes.length === 0) return;
    tell(
      "update",
      { digest, changes },
      `${counted(changes.length, "flag")} changed`,
    );
    if (!json) sayChanges(io.stdout, changes);
  });
  let lastMessage: string | undefined;
  client.on("error", (error) => {
    const message = messageOf(error);
    // One message for as long as it goes on.
    if (message === lastMessage) return;
    lastMessage = message;
    tell("error", { message }, style(io.stdout, "red", printable(message)));
  });
  client.on("status", ({ state, mode: now }) => {
    if (state === "closed") return;
    if (state === "ready") lastMessage = undefined;
    tell("status", { state, mode: now }, `${state}, ${now}`);
  });
}
