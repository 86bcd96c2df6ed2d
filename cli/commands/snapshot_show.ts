// `snapshot show`: shows the content of a snapshot.

import type { DocumentConstraint, DocumentFlag, DocumentSegment } from "../../engines/document.ts";
import type { Command, OptionGroup } from "../command.ts";
import { DOCUMENT_FILE, readDocument } from "../document.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import { pluralize, printable, printJson, printLine, style } from "../output.ts";

const NAMESPACE_OPTION: OptionGroup = {
  title: "selection",
  options: {
    namespace: { type: "text", short: "n", value: "KEY", summary: "the namespace, for a file with several" },
  },
};

/** Shows the content of a snapshot. */
export const snapshotShow: Command = {
  name: "snapshot show",
  summary: "Shows the flags in a snapshot, with their rules and rollouts",
  operands: [{
    name: "FILE",
    summary: DOCUMENT_FILE,
  }],
  options: [NAMESPACE_OPTION],
  examples: [
    { does: "as text", line: "snapshot show shop.snapshot" },
    { does: "as the document that it contains", line: "snapshot show shop.snapshot --json" },
    { does: "straight from a server", line: "snapshot pull --namespace shop | flipt-ffi snapshot show -" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const [path = ""] = args.operands;
  const document = await readDocument(path, io, args.text("namespace"));
  if (args.is("json")) {
    printJson(io.stdout, document);
    return exitCodes.ok;
  }
  const { stdout } = io;
  printLine(
    stdout,
    `namespace ${printable(document.namespace.key)}, ${pluralize(document.flags.length, "flag")}`,
  );
  for (const flag of document.flags) printFlag(stdout, flag);
  return exitCodes.ok;
}

function printFlag(output: Output, flag: DocumentFlag): void {
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const state = isBoolean
    ? `boolean, ${flag.enabled ? "true" : "false"} by default`
    : `variant, ${flag.enabled ? "enabled" : "disabled"}`;
  printLine(output);
  printLine(output, `${style(output, "bold", printable(flag.key))}  ${state}`);
  if (flag.description) printLine(output, `  ${style(output, "dim", printable(flag.description))}`);
  for (const [index, rule] of (flag.rules ?? []).entries()) {
    const shares = rule.distributions.map(({ variantKey, rollout }) => `${variantKey} ${rollout} %`).join(
      ", ",
    );
    const who = segmentText(rule.segments ?? [], rule.segmentOperator);
    printLine(output, `  rule ${index + 1}: ${printable(`${who} -> ${shares || "no variant"}`)}`);
    printSegments(output, rule.segments ?? []);
  }
  for (const [index, { threshold, segment }] of (flag.rollouts ?? []).entries()) {
    const who = threshold
      ? `${threshold.percentage} % of all -> ${threshold.value}`
      : segment
      ? `${segmentText(segment.segments, segment.segmentOperator)} -> ${segment.value}`
      : "nothing";
    printLine(output, `  rollout ${index + 1}: ${printable(who)}`);
    printSegments(output, segment?.segments ?? []);
  }
  if (flag.defaultVariant) printLine(output, `  otherwise: ${printable(flag.defaultVariant.key)}`);
}

function segmentText(segments: readonly DocumentSegment[], operator: string | null | undefined): string {
  const word = operator === "AND_SEGMENT_OPERATOR" ? " and " : " or ";
  return segments.map(({ key }) => key).join(word) || "nobody";
}

function printSegments(output: Output, segments: readonly DocumentSegment[]): void {
  for (const { key, matchType, constraints } of segments) {
    const word = matchType === "ALL_SEGMENT_MATCH_TYPE" ? " and " : " or ";
    const text = constraints.map(comparison).join(word) || "everybody";
    printLine(output, style(output, "dim", printable(`    ${key}: ${text}`)));
  }
}

function comparison({ type, property, operator, value }: DocumentConstraint): string {
  const subject = type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE" ? "the entity" : property;
  return value === "" ? `${subject} ${operator}` : `${subject} ${operator} ${value}`;
}
