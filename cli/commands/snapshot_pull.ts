// `snapshot pull`: a copy of a namespace's flag state.

import { clientOptionGroups, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { documentOf } from "../document.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { writePrivately } from "../files.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { counted, printable, say, sayJson } from "../output.ts";

/** Copies the flag state of a namespace. */
export const snapshotPull: Command = {
  name: "snapshot pull",
  summary: "Copies the flag state of a namespace into a file",
  notes: [
    "The snapshot is what getSnapshot() gives and what the option snapshot, a fileStore and --snapshot take. " +
    "It holds the segments' constraints: keep it as you keep the flags.",
  ],
  operands: [],
  options: [
    {
      title: "what is written",
      options: {
        output: {
          type: "text",
          short: "o",
          value: "FILE",
          summary: "the file, readable for you only and replaced in one step",
          default: "the output",
        },
        document: { type: "switch", summary: "a document as JSON in place of the snapshot" },
      },
    },
    ...clientOptionGroups,
  ],
  examples: [
    {
      does: "into a file",
      line: "snapshot pull --url http://localhost:8080 --namespace shop -o shop.snapshot",
    },
    { does: "to read it", line: "snapshot pull --namespace shop --document | jq ." },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const { client, origin, namespace } = await openClient(args, io);
  try {
    const snapshot = client.getSnapshot();
    const document = documentOf(snapshot);
    const path = args.text("output");
    if (path === undefined) {
      if (args.is("document")) sayJson(io.stdout, document);
      else if (args.is("json")) sayJson(io.stdout, { namespace, snapshot });
      else say(io.stdout, snapshot);
      return exitCodes.ok;
    }
    await writePrivately(
      path,
      args.is("document") ? `${JSON.stringify(document, undefined, 2)}\n` : snapshot,
    );
    const flags = document.flags.length;
    const { digest } = client.status;
    if (args.is("json")) sayJson(io.stdout, { file: path, namespace, origin, flags, digest });
    else {say(
        io.stderr,
        printable(`${path}: ${counted(flags, "flag")} of the namespace ${namespace} of ${origin}`),
      );}
    return exitCodes.ok;
  } finally {
    client.close();
  }
}
