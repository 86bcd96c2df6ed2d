// `snapshot show`: what is in a snapshot.

import type { DocumentConstraint, DocumentFlag, DocumentSegment } from "../../engines/document.ts";
import type { Command, OptionGroup } from "../command.ts";
import { documentFile, readDocument } from "../document.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import { counted, printable, say, sayJson, style } from "../output.ts";

const namespaceOption: OptionGroup = {
  title: "what is shown",
  options: {
    namespace: { type: "text", short: "n", value: "KEY", summary: "the namespace, where a file has several" },
  },
};

/** Shows what is in a snapshot. */
export const snapshotShow: Command = {
  name: "snapshot show",
  summary: "Shows the flags in a snapshot, with their rules and rollouts",
  operands: [{
    name: "FILE",
    summary: documentFile,
  }],
  options: [namespaceOption],
  examples: [
    { does: "for people", line: "snapshot show shop.snapshot" },
    { does: "as the document it was made of", line: "snapshot show shop.snapshot --json" },
    { does: "straight from a server", line: "snapshot pull --namespace shop | flipt-ffi snapshot show -" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const [path = ""] = args.operands;
  const document = await readDocument(path, io, args.text("namespace"));
  if (args.is("json")) {
    sayJson(io.stdout, document);
    return exitCodes.ok;
  }
  const { stdout } = io;
  say(stdout, `namespace ${printable(document.namespace.key)}, ${counted(document.flags.length, "flag")}`);
  for (const flag of document.flags) sayFlag(stdout, flag);
  return exitCodes.ok;
}

function sayFlag(output: Output, flag: DocumentFlag): void {
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const state = isBoolean
    ? `boolean, ${flag.enabled ? "true" : "false"} by default`
    : `variant, ${flag.enabled ? "enabled" : "disabled"}`;
  say(output);
  say(output, `${style(output, "bold", printable(flag.key))}  ${state}`);
  if (flag.description) say(output, `  ${style(output, "dim", printable(flag.description))}`);
  for (const [index, rule] of (flag.rules ?? []).entries()) {
    const shares = rule.distributions.map(({ variantKey, rollout }) => `${variantKey} ${rollout} %`).join(
      ", ",
    );
    const who = among(rule.segments ?? [], rule.segmentOperator);
    say(output, `  rule ${index + 1}: ${printable(`${who} -> ${shares || "no variant"}`)}`);
    saySegments(output, rule.segments ?? []);
  }
  for (const [index, { threshold, segment }] of (flag.rollouts ?? []).entries()) {
    const who = threshold
      ? `${threshold.percentage} % of all -> ${threshold.value}`
      : segment
      ? `${among(segment.segments, segment.segmentOperator)} -> ${segment.value}`
      : "nothing";
    say(output, `  rollout ${index + 1}: ${printable(who)}`);
    saySegments(output, segment?.segments ?? []);
  }
  if (flag.defaultVariant) say(output, `  otherwise: ${printable(flag.defaultVariant.key)}`);
}

function among(segments: readonly DocumentSegment[], operator: string | null | undefined): string {
  const word = operator === "AND_SEGMENT_OPERATOR" ? " and " : " or ";
  return segments.map(({ key }) => key).join(word) || "nobody";
}

function saySegments(output: Output, segments: readonly DocumentSegment[]): void {
  for (const { key, matchType, constraints } of segments) {
    const word = matchType === "ALL_SEGMENT_MATCH_TYPE" ? " and " : " or ";
    const text = constraints.map(comparison).join(word) || "everybody";
    say(output, style(output, "dim", printable(`    ${key}: ${text}`)));
  }
}

function comparison({ type, property, operator, value }: DocumentConstraint): string {
  const subject = type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE" ? "the entity" : property;
  return value === "" ? `${subject} ${operator}` : `${subject} ${operator} ${value}`;
}
