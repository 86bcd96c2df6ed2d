// `explain`: shows how the answer of a flag comes about.

import { explanationText } from "../../src/evaluation/explain/text.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import {
  FLAG_OPERAND,
  flagOf,
  overridesOf,
  REQUEST_OPTIONS,
  requestOf,
  typeOf,
} from "../evaluation_options.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import type { Style } from "../output.ts";
import { printable, printJson, printLine, style, wrapped } from "../output.ts";

/** Explains the answer of a flag. */
export const explain: Command = {
  name: "explain",
  summary: "Explains the answer of a flag, rule by rule",
  operands: [FLAG_OPERAND],
  options: [
    {
      title: "output",
      options: {
        short: {
          type: "switch",
          short: "s",
          summary: "only the answer, and a line for each rule or rollout: no segments and constraints",
        },
      },
    },
    REQUEST_OPTIONS,
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    {
      does: "every rule, segment and constraint, with the values compared",
      line: "explain checkout-flow --entity user-1 --context country=NL --url http://localhost:8080",
    },
    { does: "only the answer and a line per rule", line: "explain checkout-flow --entity user-1 --short" },
    { does: "as JSON", line: "explain checkout-flow --entity user-1 --snapshot flags.snapshot --json" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const request = await requestOf(args, io, explain.name);
  const { client, namespace } = await openClient(args, io, overridesOf(args, explain.name));
  try {
    const type = typeOf(flagOf(client, request.flagKey, namespace));
    const explanation = type === "boolean"
      ? await client.explain("boolean", request)
      : await client.explain("variant", request);
    if (args.is("json")) printJson(io.stdout, explanation);
    else {
      const lines = explanationText(explanation).split("\n");
      for (const line of args.is("short") ? lines.filter(isOutline) : lines) printStep(io.stdout, line);
    }
    return exitCodes.ok;
  } finally {
    client.close();
  }
}

/** Whether a line stays in the short form: the answer, what decided, and each rule or rollout. */
function isOutline(line: string): boolean {
  return /^(?:answer|because|[✓✗·])/.test(line);
}

const LOOKS: readonly (readonly [RegExp, Style])[] = [
  [/^(answer|because)/, "bold"],
  [/^\s*✓/, "green"],
  [/^\s*·/, "dim"],
];

/** Prints a line; on a terminal wrapped, with what is wrapped under the text that it goes on. */
function printStep(output: Output, line: string): void {
  const text = printable(line);
  const [indent = "", mark = "", rest = ""] = /^(\s*)([✓✗·→] )?(.*)$/.exec(text)?.slice(1) ?? [];
  const margin = " ".repeat(indent.length + mark.length);
  const width = Math.max(30, output.columns - margin.length);
  const [first = "", ...more] = output.isTerminal === true ? wrapped(rest, width) : [rest];
  const look = LOOKS.find(([pattern]) => pattern.test(line))?.[1];
  const styled = (part: string): string => look === undefined ? part : style(output, look, part);
  // Of what did not match, which is most, only the mark stands out.
  const head = mark === "✗ " ? style(output, "red", "✗") + " " : styled(mark);
  printLine(output, indent + head + styled(first));
  for (const part of more) printLine(output, margin + styled(part));
}
