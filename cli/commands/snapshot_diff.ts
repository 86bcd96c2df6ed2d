// `snapshot diff`: compares two flag states.

import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { changesBetween, printChanges } from "../diff.ts";
import { DOCUMENT_FILE, documentOf, readDocument } from "../document.ts";
import { UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printJson, printLine } from "../output.ts";

/** Shows the differences between two flag states. */
export const snapshotDiff: Command = {
  name: "snapshot diff",
  summary: "Shows the differences between two snapshots, or between a snapshot and a server",
  notes: ["Names and ids are ignored: they do not affect the answer of a flag."],
  operands: [
    { name: "OLD", summary: DOCUMENT_FILE },
    {
      name: "NEW",
      summary: "another one; if omitted, the current flags of the server or file",
      optional: true,
    },
  ],
  options: [
    {
      title: "exit code",
      options: { check: { type: "switch", summary: "exit with code 6 when there is a difference" } },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    { does: "two files", line: "snapshot diff yesterday.snapshot today.snapshot" },
    {
      does: "what has changed on the server since",
      line: "snapshot diff shop.snapshot --url http://localhost:8080",
    },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const [oldPath = "", newPath] = args.operands;
  if (oldPath === "-" && newPath === "-") {
    throw new UsageError("stdin can only be read once", snapshotDiff.name);
  }
  const namespace = args.isGiven("namespace") ? args.text("namespace") : undefined;
  const before = await readDocument(oldPath, io, namespace);
  const after = newPath === undefined
    ? await currentDocument(args, io, before.namespace.key)
    : await readDocument(newPath, io, namespace);
  const changes = changesBetween(before, after);
  if (args.is("json")) printJson(io.stdout, changes);
  else if (changes.length === 0) printLine(io.stderr, "no differences");
  else printChanges(io.stdout, changes);
  return args.is("check") && changes.length > 0 ? exitCodes.no : exitCodes.ok;
}

async function currentDocument(
  args: CommandArguments,
  io: Io,
  namespace: string,
): ReturnType<typeof readDocument> {
  const { client } = await openClient(args, io, { namespace });
  try {
    return documentOf(client.getSnapshot());
  } finally {
    client.close();
  }
}
