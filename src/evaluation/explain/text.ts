// An explanation as text for people: a line a step, indented as they belong together.

import { quote } from "../../../core/describe.ts";
import type {
  ExplainedConstraint,
  ExplainedDistribution,
  ExplainedRollout,
  ExplainedRule,
  ExplainedSegments,
  Explanation,
  StepStatus,
} from "./explanation.ts";

const MARKS: Readonly<Record<StepStatus, string>> = {
  "matched": "✓",
  "not matched": "✗",
  "not reached": "·",
};

// What a terminal could take for more than text: control characters beyond ASCII, and changes of direction.
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Returns an explanation as readable text of several lines, without a line break at the end.
 *
 * @example
 * ```ts
 * import { explanationText, FliptClient } from "@flipt-ffi/client";
 *
 * using client = await FliptClient.init({
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * const explanation = await client.explain("boolean", "dark-mode", "user-1");
 * console.assert(explanationText(explanation).includes("the flag has no rollouts and is enabled"));
 * ```
 */
export function explanationText(explanation: Explanation): string {
  const { type, namespace, flag, entityId, bucket, why, result } = explanation;
  const answer = explanation.type === "variant"
    ? `variant ${quote(explanation.result.variantKey)}`
    : `enabled ${explanation.result.enabled}`;
  const lines = [
    `${type} flag ${quote(flag.key)} of namespace ${quote(namespace)}, ${
      flag.enabled ? "enabled" : "disabled"
    }`,
    `entity ${quote(entityId)}`,
    `answer: ${answer} (${explanation.overridden ? "an override" : result.reason})`,
    `because ${why}`,
    "",
    ...(explanation.type === "variant"
      ? explanation.rules.flatMap(ruleLines)
      : explanation.rollouts.flatMap(rolloutLines)),
    `bucket: crc32(${quote(bucket.input)}) = ${bucket.hash}, modulo ${bucket.modulus} = ${bucket.bucket}`,
  ];
  if (explanation.type === "variant") {
    const variant = flag.defaultVariant;
    lines.push(variant === undefined ? "no default variant" : `default variant: ${quote(variant.key)}`);
  }
  for (const { why } of explanation.differences ?? []) lines.push(`the server's own API can differ: ${why}`);
  return lines.join("\n").replace(UNSAFE, escaped);
}

function ruleLines(rule: ExplainedRule): string[] {
  return [
    `${MARKS[rule.status]} rule ${rule.number}: ${rule.status}: ${rule.why}`,
    ...segmentLines(rule),
    ...rule.distributions.map((distribution) => distributionLine(distribution)),
  ];
}

function rolloutLines(rollout: ExplainedRollout): string[] {
  const gives = rollout.kind === "empty"
    ? ""
    : rollout.kind === "threshold"
    ? ` (${rollout.value} below ${rollout.percentage} %)`
    : ` (${rollout.value} for segments)`;
  const line = `${
    MARKS[rollout.status]
  } rollout ${rollout.number}${gives}: ${rollout.status}: ${rollout.why}`;
  return rollout.kind === "segment" ? [line, ...segmentLines(rollout)] : [line];
}

function segmentLines({ segmentOperator, segments }: ExplainedSegments): string[] {
  const joint = segmentOperator === "AND_SEGMENT_OPERATOR" ? "and" : "or";
  return segments.flatMap((segment, i) => [
    `  ${MARKS[segment.status]} ${i === 0 ? "" : `${joint} `}segment ${quote(segment.key)} ` +
    `(${segment.matchType === "ALL_SEGMENT_MATCH_TYPE" ? "all" : "any"} of ${segment.constraints.length}): ` +
    `${segment.status}: ${segment.why}`,
    ...segment.constraints.map((constraint, i) => constraintLine(constraint, i + 1)),
  ]);
}

function constraintLine(constraint: ExplainedConstraint, number: number): string {
  const { readAs, property, operator, value, values, status, why, server } = constraint;
  const what = readAs === "entity" ? "entity id" : `${readAs} ${quote(property)}`;
  const bound = values === undefined ? (value === "" ? "" : ` ${quote(value)}`) : ` ${listText(values)}`;
  const how = /^\w+$/.test(operator) ? operator : quote(operator);
  const there = server === undefined
    ? ""
    : `; the server's own API would ${server.holds ? "match" : "not match"} here: ${server.why}`;
  return `    ${MARKS[status]} ${number}: ${what} ${how}${bound}: ${
    status === "not reached" ? status : why
  }${there}`;
}

function listText(values: readonly (string | number)[]): string {
  const shown = values.slice(0, 5).map((value) => typeof value === "string" ? quote(value) : String(value));
  const more = values.length - shown.length;
  return `[${shown.join(", ")}${more > 0 ? `, and ${more} more` : ""}]`;
}

function distributionLine({ variantKey, rollout, from, to, hit }: ExplainedDistribution): string {
  const last = to - 1;
  const buckets = from > last ? "no bucket" : from === last ? `bucket ${from}` : `buckets ${from} to ${last}`;
  return `  ${hit ? "→" : " "} variant ${quote(variantKey)}: ${rollout} %, ${buckets}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
