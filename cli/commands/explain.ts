// `explain`: shows how the answer of a flag comes about.

import { explanationText } from "../../src/evaluation/explain/text.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { FLAG_OPERAND, flagOf, REQUEST_OPTIONS, requestOf, typeOf } from "../evaluation_options.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import type { Style } from "../output.ts";
import { printable, printJson, printLine, style } from "../output.ts";

/** Explains the answer of a flag. */
export const explain: Command = {
  name: "explain",
  summary: "Shows how the answer of a flag comes about, rule by rule",
  operands: [FLAG_OPERAND],
  options: [REQUEST_OPTIONS, ...CLIENT_OPTION_GROUPS],
  examples: [
    {
      does: "every rule, segment and constraint, with the values compared",
      line: "explain checkout-flow --entity user-1 --context country=NL --url http://localhost:8080",
    },
    { does: "as JSON", line: "explain checkout-flow --entity user-1 --snapshot flags.snapshot --json" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const request = await requestOf(args, io, explain.name);
  const { client, namespace } = await openClient(args, io);
  try {
    const type = typeOf(flagOf(client, request.flagKey, namespace));
    const explanation = type === "boolean"
      ? await client.explain("boolean", request)
      : await client.explain("variant", request);
    if (args.is("json")) printJson(io.stdout, explanation);
    else {for (const line of explanationText(explanation).split("\n")) {
        printLine(io.stdout, coloured(io.stdout, line));
      }}
    return exitCodes.ok;
  } finally {
    client.close();
  }
}

const LOOKS: readonly (readonly [RegExp, Style])[] = [
  [/^(answer|because)/, "bold"],
  [/^\s*✓/, "green"],
  [/^\s*·/, "dim"],
];

function coloured(output: Output, line: string): string {
  const look = LOOKS.find(([pattern]) => pattern.test(line));
  return look === undefined ? printable(line) : style(output, look[1], printable(line));
}
