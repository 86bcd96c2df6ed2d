// `types`: a TypeScript declaration of a namespace's flags.

import { clientOptionGroups, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { NotFoundError, UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { readText, writeText } from "../files.ts";
import { flagsOfSnapshot, flagTypes } from "../type_declarations.ts";
import type { FlagWithVariants } from "../type_declarations.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printable, say, sayJson } from "../output.ts";

/** Writes the types of the flags. */
export const types: Command = {
  name: "types",
  summary: "Writes a TypeScript file that declares the flags, for FliptClient.init<Flags>()",
  notes: [
    "The same flags give the same text, and a file that has it already is left alone: keep it with your sources, and run " +
    "this with --check in CI. Of variants it knows the default one and those that rules give.",
  ],
  operands: [],
  options: [
    {
      title: "what is written",
      options: {
        output: { type: "text", short: "o", value: "FILE", summary: "the file", default: "the output" },
        name: { type: "text", value: "NAME", summary: "the name of the interface", default: "Flags" },
        check: { type: "switch", summary: "write nothing, and end with 6 when the file is not up to date" },
      },
    },
    ...clientOptionGroups,
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
  const text = declared(flags, namespace, args.text("name"));
  if (path === undefined) {
    if (args.is("json")) sayJson(io.stdout, { namespace, flags });
    else io.stdout.write(text);
    return exitCodes.ok;
  }
  const isCurrent = await contentOf(path, io) === text;
  if (!isCurrent && !args.is("check")) await writeText(path, text);
  if (args.is("json")) {
    sayJson(io.stdout, { file: path, namespace, flags: flags.length, wasCurrent: isCurrent });
  } else say(io.stderr, printable(`${path} ${told(isCurrent, args.is("check"))}`));
  return !isCurrent && args.is("check") ? exitCodes.no : exitCodes.ok;
}

function declared(
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

function told(isCurrent: boolean, checks: boolean): string {
  if (isCurrent) return "is up to date";
  return checks ? "is not up to date: run the same without --check" : "is written";
}
