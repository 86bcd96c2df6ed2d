// `snapshot diff`: what differs between two flag states.

import { clientOptionGroups, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { changesBetween, sayChanges } from "../diff.ts";
import { documentFile, documentOf, readDocument } from "../document.ts";
import { UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { say, sayJson } from "../output.ts";

/** Shows what differs between two flag states. */
export const snapshotDiff: Command = {
  name: "snapshot diff",
  summary: "Shows what differs between two snapshots, or a snapshot and a server",
  notes: ["Names and ids do not count: they make no difference to an answer."],
  operands: [
    { name: "OLD", summary: documentFile },
    { name: "NEW", summary: "another one; without it, where the flags come from now", optional: true },
  ],
  options: [
    {
      title: "how it ends",
      options: { check: { type: "switch", summary: "end with 6 when there is a difference" } },
    },
    ...clientOptionGroups,
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
    throw new UsageError("the input can be read once only", snapshotDiff.name);
  }
  const namespace = args.typed("namespace") ? args.text("namespace") : undefined;
  const before = await readDocument(oldPath, io, namespace);
  const after = newPath === undefined
    ? await currentDocument(args, io, before.namespace.key)
    : await readDocument(newPath, io, namespace);
  const changes = changesBetween(before, after);
  if (args.is("json")) sayJson(io.stdout, changes);
  else if (changes.length === 0) say(io.stderr, "there is no difference");
  else sayChanges(io.stdout, changes);
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
