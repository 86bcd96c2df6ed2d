// `evaluate`: what a flag answers for an entity.

import type {
  BooleanEvaluationResponse,
  EvaluationReason,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { clientOptionGroups, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { flagOf, flagOperand, requestOf, requestOptions, typeOf } from "../evaluation_options.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printable, say, sayFacts, sayJson, style } from "../output.ts";

const reasons: Readonly<Record<EvaluationReason, string>> = {
  UNKNOWN_EVALUATION_REASON: "no rule matched",
  FLAG_DISABLED_EVALUATION_REASON: "the flag is disabled",
  MATCH_EVALUATION_REASON: "a rule matched",
  DEFAULT_EVALUATION_REASON: "nothing matched: the default",
};

/** Evaluates a flag for an entity. */
export const evaluate: Command = {
  name: "evaluate",
  summary: "Evaluates a flag for an entity",
  notes: [
    "A flag of either type: a boolean flag answers true or false, a variant flag the key of a variant, or nothing.",
  ],
  operands: [flagOperand],
  options: [
    requestOptions,
    {
      title: "what is shown",
      options: {
        value: { type: "switch", summary: "only the value, for scripts" },
        check: {
          type: "switch",
          summary: "end with 6 when a boolean flag is off or a variant flag gives no variant",
        },
      },
    },
    ...clientOptionGroups,
  ],
  examples: [
    {
      does: "what user-1 gets, from a server",
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
    throw new UsageError("give one of --value and --json", evaluate.name);
  }
  const request = await requestOf(args, io, evaluate.name);
  const { client, namespace } = await openClient(args, io);
  try {
    if (typeOf(flagOf(client, request.flagKey, namespace)) === "boolean") {
      const response = client.evaluateBoolean(request);
      show(args, io, response, String(response.enabled), booleanFacts(response));
      return args.is("check") && !response.enabled ? exitCodes.no : exitCodes.ok;
    }
    const response = client.evaluateVariant(request);
    show(args, io, response, response.variantKey, variantFacts(response));
    return args.is("check") && response.variantKey === "" ? exitCodes.no : exitCodes.ok;
  } finally {
    client.close();
  }
}

type Facts = Parameters<typeof sayFacts>[1];

function booleanFacts({ reason, segmentKeys }: BooleanEvaluationResponse): Facts {
  return [["type", "boolean"], ["reason", reasons[reason] ?? reason], ["segments", listed(segmentKeys)]];
}

function variantFacts(response: VariantEvaluationResponse): Facts {
  const { reason, match, segmentKeys, variantAttachment } = response;
  return [
    ["type", "variant"],
    ["match", match ? "yes" : "no"],
    ["reason", reasons[reason] ?? reason],
    ["segments", listed(segmentKeys)],
    ["attachment", variantAttachment],
  ];
}

function listed(keys: readonly string[]): string | undefined {
  return keys.length === 0 ? undefined : keys.join(", ");
}

function show(
  args: CommandArguments,
  io: Io,
  response: { readonly flagKey: string },
  value: string,
  facts: Facts,
): void {
  if (args.is("json")) return sayJson(io.stdout, response);
  if (args.is("value")) return say(io.stdout, printable(value));
  const look = value === "false" || value === "" ? "yellow" : "green";
  const shown = style(io.stdout, look, value === "" ? "no variant" : printable(value));
  say(io.stdout, `${style(io.stdout, "bold", printable(response.flagKey))}  ${shown}`);
  sayFacts(io.stdout, facts);
}
