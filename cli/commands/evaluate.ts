// `evaluate`: evaluates a flag for an entity.

import type {
  BooleanEvaluationResponse,
  EvaluationReason,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { isOverridden } from "../../src/evaluation/overrides.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
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
import type { Io } from "../io.ts";
import { printable, printFacts, printJson, printLine, style } from "../output.ts";

const REASONS: Readonly<Record<EvaluationReason, string>> = {
  UNKNOWN_EVALUATION_REASON: "no rule matched",
  FLAG_DISABLED_EVALUATION_REASON: "the flag is disabled",
  MATCH_EVALUATION_REASON: "a rule matched",
  DEFAULT_EVALUATION_REASON: "the default, since nothing matched",
};

/** Evaluates a flag for an entity. */
export const evaluate: Command = {
  name: "evaluate",
  summary: "Evaluates a flag for an entity",
  notes: [
    "A boolean flag evaluates to true or false, a variant flag to the key of a variant or to no variant.",
  ],
  operands: [FLAG_OPERAND],
  options: [
    REQUEST_OPTIONS,
    {
      title: "output",
      options: {
        value: { type: "switch", summary: "print only the value, for scripts" },
        check: {
          type: "switch",
          summary: "exit with code 6 when a boolean flag is false or a variant flag has no variant",
        },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    {
      does: "for user-1, from a server",
      line: "evaluate checkout-flow --entity user-1 --context country=NL --url http://localhost:8080",
    },
    {
      does: "the same without a server",
      line: "evaluate checkout-flow --entity user-1 --snapshot flags.snapshot",
    },
    { does: "in a script", line: "evaluate dark-mode --entity user-1 --check --value" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  if (args.is("value") && args.is("json")) {
    throw new UsageError("--value and --json cannot be combined: give one of them", evaluate.name);
  }
  const request = await requestOf(args, io, evaluate.name);
  const { client, namespace } = await openClient(args, io, overridesOf(args, evaluate.name));
  try {
    if (typeOf(flagOf(client, request.flagKey, namespace)) === "boolean") {
      const response = client.evaluateBoolean(request);
      printAnswer(args, io, response, String(response.enabled), booleanFacts(response));
      return args.is("check") && !response.enabled ? exitCodes.no : exitCodes.ok;
    }
    const response = client.evaluateVariant(request);
    printAnswer(args, io, response, response.variantKey, variantFacts(response));
    return args.is("check") && response.variantKey === "" ? exitCodes.no : exitCodes.ok;
  } finally {
    client.close();
  }
}

type Facts = Parameters<typeof printFacts>[1];

function reasonOf(response: BooleanEvaluationResponse | VariantEvaluationResponse): string {
  return isOverridden(response) ? "an override" : REASONS[response.reason] ?? response.reason;
}

function booleanFacts(response: BooleanEvaluationResponse): Facts {
  const { segmentKeys } = response;
  return [["type", "boolean"], ["reason", reasonOf(response)], ["segments", joinedKeys(segmentKeys)]];
}

function variantFacts(response: VariantEvaluationResponse): Facts {
  const { match, segmentKeys, variantAttachment } = response;
  return [
    ["type", "variant"],
    ["match", match ? "yes" : "no"],
    ["reason", reasonOf(response)],
    ["segments", joinedKeys(segmentKeys)],
    ["attachment", variantAttachment],
  ];
}

function joinedKeys(keys: readonly string[]): string | undefined {
  return keys.length === 0 ? undefined : keys.join(", ");
}

function printAnswer(
  args: CommandArguments,
  io: Io,
  response: { readonly flagKey: string },
  value: string,
  facts: Facts,
): void {
  if (args.is("json")) return printJson(io.stdout, response);
  if (args.is("value")) return printLine(io.stdout, printable(value));
  const color = value === "false" || value === "" ? "yellow" : "green";
  const shown = style(io.stdout, color, value === "" ? "no variant" : printable(value));
  printLine(io.stdout, `${style(io.stdout, "bold", printable(response.flagKey))}  ${shown}`);
  printFacts(io.stdout, facts);
}
