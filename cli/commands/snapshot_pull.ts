// `snapshot pull`: saves the flag state of a namespace.

import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { documentOf } from "../document.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { writePrivately } from "../files.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { pluralize, printable, printJson, printLine } from "../output.ts";

/** Saves the flag state of a namespace. */
export const snapshotPull: Command = {
  name: "snapshot pull",
  summary: "Saves the flag state of a namespace to a file",
  notes: [
    "The snapshot is the one of getSnapshot(), and can be used with the snapshot option, a fileStore and --snapshot. It " +
    "contains the constraints of the segments: protect it like the flags themselves.",
  ],
  operands: [],
  options: [
    {
      title: "output",
      options: {
        output: {
          type: "text",
          short: "o",
          value: "FILE",
          summary: "the file, readable only by you and replaced atomically",
          default: "stdout",
        },
        document: { type: "switch", summary: "write a document as JSON instead of a snapshot" },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    {
      does: "to a file",
      line: "snapshot pull --url http://localhost:8080 --namespace shop -o shop.snapshot",
    },
    { does: "as readable JSON", line: "snapshot pull --namespace shop --document | jq ." },
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
      if (args.is("document")) printJson(io.stdout, document);
      else if (args.is("json")) printJson(io.stdout, { namespace, snapshot });
      else printLine(io.stdout, snapshot);
      return exitCodes.ok;
    }
    await writePrivately(
      path,
      args.is("document") ? `${JSON.stringify(document, undefined, 2)}\n` : snapshot,
    );
    const flags = document.flags.length;
    const { digest } = client.status;
    if (args.is("json")) printJson(io.stdout, { file: path, namespace, origin, flags, digest });
    else {printLine(
        io.stderr,
        printable(`${path}: ${pluralize(flags, "flag")} in the namespace ${namespace} of ${origin}`),
      );}
    return exitCodes.ok;
  } finally {
    client.close();
  }
}
