// `types`: writes a TypeScript declaration of a namespace's flags.

import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { NotFoundError, UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { readText, writeText } from "../files.ts";
import { flagsOfSnapshot, flagTypes } from "../type_declarations.ts";
import type { FlagWithVariants } from "../type_declarations.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printable, printJson, printLine } from "../output.ts";

/** Writes a TypeScript declaration of the flags. */
export const types: Command = {
  name: "types",
  summary: "Writes a TypeScript file that declares the flags, for FliptClient.init<Flags>()",
  notes: [
    "The same flags always produce the same text, and a file that is up to date is not written: commit the file, and run " +
    "the command with --check in CI. The declared variants are the default variant and those in rules.",
  ],
  operands: [],
  options: [
    {
      title: "output",
      options: {
        output: { type: "text", short: "o", value: "FILE", summary: "the file", default: "stdout" },
        name: { type: "text", value: "NAME", summary: "the name of the interface", default: "Flags" },
        check: {
          type: "switch",
          summary: "write nothing, and exit with code 6 when the file is not up to date",
        },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    { does: "from a server", line: "types --url http://localhost:8080 --namespace shop -o src/flags.ts" },
    { does: "in CI, from files", line: "types --file features.yml -o src/flags.ts --check" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const path = args.text("output");
  if (args.is("check") && path === undefined) {
    throw new UsageError("--check needs --output FILE", types.name);
  }
  const { client, namespace } = await openClient(args, io);
  let flags: FlagWithVariants[];
  try {
    flags = flagsOfSnapshot(client.getSnapshot(), namespace);
  } finally {
    client.close();
  }
  const text = declarationOf(flags, namespace, args.text("name"));
  if (path === undefined) {
    if (args.is("json")) printJson(io.stdout, { namespace, flags });
    else io.stdout.write(text);
    return exitCodes.ok;
  }
  const isCurrent = await contentOf(path, io) === text;
  if (!isCurrent && !args.is("check")) await writeText(path, text);
  if (args.is("json")) {
    printJson(io.stdout, { file: path, namespace, flags: flags.length, wasCurrent: isCurrent });
  } else printLine(io.stderr, printable(`${path} ${resultText(isCurrent, args.is("check"))}`));
  return !isCurrent && args.is("check") ? exitCodes.no : exitCodes.ok;
}

function declarationOf(
  flags: readonly FlagWithVariants[],
  namespace: string,
  typeName: string | undefined,
): string {
  try {
    return flagTypes(flags, { namespace, typeName, command: "flipt-ffi types" });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new UsageError(`--name: ${error.message}`, types.name, { cause: error });
    }
    throw error;
  }
}

async function contentOf(path: string, io: Io): Promise<string | undefined> {
  try {
    return await readText(path, io);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function resultText(isCurrent: boolean, isCheck: boolean): string {
  if (isCurrent) return "is up to date";
  return isCheck ? "is not up to date: run the command again without --check" : "written";
}
