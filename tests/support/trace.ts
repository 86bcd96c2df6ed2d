// Checks an explanation by itself: every step is judged anew from what the step says it compared, and the answer is put
// together anew from the steps.

import assert from "node:assert/strict";
import { parseIntegers, parseStrings } from "../../engines/rules/lists.ts";
import { parseInteger } from "../../engines/rules/numbers.ts";
import { parseTime } from "../../engines/rules/times.ts";
import type {
  BooleanExplanation,
  ExplainedConstraint,
  ExplainedRollout,
  ExplainedRule,
  ExplainedSegment,
  ExplainedSegments,
  ExplainedStep,
  Explanation,
  StepStatus,
  VariantExplanation,
} from "../../mod.ts";

/** Fails where a step contradicts another, the flag or the answer. */
export function checkTrace(explanation: Explanation): void {
  const { bucket, flag, entityId } = explanation;
  const isVariant = explanation.type === "variant";
  assert.equal(bucket.input, isVariant ? flag.key + entityId : entityId + flag.key);
  assert.equal(bucket.hash, crc32(bucket.input));
  assert.equal(bucket.modulus, isVariant ? 1000 : 100);
  assert.equal(bucket.bucket, bucket.hash % bucket.modulus);
  const steps: readonly (ExplainedRule | ExplainedRollout)[] = isVariant
    ? explanation.rules
    : explanation.rollouts;
  let stopped = isVariant && !flag.enabled;
  steps.forEach((step, i) => {
    assert.equal(step.number, i + 1);
    assert.notEqual(step.why, "");
    assert.equal(step.status, stopped ? "not reached" : statusOf(step, bucket.bucket));
    if ("segments" in step) checkSegments(step, stopped);
    stopped ||= step.status === "matched";
  });
  const answer = isVariant ? variantAnswer(explanation) : booleanAnswer(explanation);
  const { requestDurationMillis: _duration, timestamp: _timestamp, ...result } = explanation.result;
  assert.deepEqual(sortedKeys(result), sortedKeys(answer));
}

function statusOf(step: ExplainedRule | ExplainedRollout, bucket: number): StepStatus {
  if ("kind" in step && step.kind === "threshold") return status(bucket < Math.fround(step.percentage));
  return "segments" in step ? status(joined(step)) : "not matched";
}

function joined({ segmentOperator, segments }: ExplainedSegments): boolean {
  return segmentOperator === "AND_SEGMENT_OPERATOR"
    ? segments.every(segmentHolds)
    : segments.some(segmentHolds);
}

function segmentHolds({ matchType, constraints }: ExplainedSegment): boolean {
  const all = matchType === "ALL_SEGMENT_MATCH_TYPE";
  for (const constraint of constraints) {
    if (constraint.readAs === "unknown") return false;
    if (constraintHolds(constraint) !== all) return !all;
  }
  return all || constraints.length === 0;
}

function checkSegments({ segmentOperator, segments }: ExplainedSegments, unreached: boolean): void {
  let stopped = unreached;
  for (const segment of segments) {
    assert.notEqual(segment.why, "");
    assert.equal(segment.status, stopped ? "not reached" : status(segmentHolds(segment)));
    checkConstraints(segment, stopped);
    stopped ||= segmentOperator === "AND_SEGMENT_OPERATOR" && segment.status === "not matched";
  }
}

function checkConstraints({ matchType, constraints }: ExplainedSegment, unreached: boolean): void {
  const all = matchType === "ALL_SEGMENT_MATCH_TYPE";
  let stopped = unreached;
  for (const constraint of constraints) {
    assert.notEqual(constraint.why, "");
    const holds = constraintHolds(constraint);
    assert.equal(constraint.status, stopped ? "not reached" : status(holds), constraint.why);
    stopped ||= constraint.readAs === "unknown" || holds !== all;
  }
}

function constraintHolds({ readAs, operator, value, actual }: ExplainedConstraint): boolean {
  const isPresent = actual !== "";
  switch (`${readAs} ${operator}`) {
    case "string empty":
    case "entity empty":
    case "number notpresent":
    case "boolean notpresent":
    case "time notpresent":
      return !isPresent;
    case "string notempty":
    case "entity notempty":
    case "number present":
    case "boolean present":
    case "time present":
      return isPresent;
    case "boolean true":
    case "boolean false":
      return actual === operator;
  }
  if (readAs === "number" && operator === "isoneof") {
    return parseIntegers(value)?.has(parseInteger(actual)) ?? false;
  }
  if (readAs === "number" && operator === "isnotoneof") {
    const [list, number] = [parseIntegers(value), parseInteger(actual)];
    return list !== undefined && number === number && !list.has(number);
  }
  if (readAs === "number") return compares(operator, parseInteger(actual), parseInteger(value));
  if (readAs === "time") return compares(operator, parseTime(actual), parseTime(value));
  if (!isPresent || (readAs !== "string" && readAs !== "entity")) return false;
  switch (operator) {
    case "eq":
      return actual === value;
    case "neq":
      return actual !== value;
    case "prefix":
      return actual.slice(0, value.length) === value;
    case "suffix":
      return actual.slice(Math.max(0, actual.length - value.length)) === value;
    case "contains":
      return actual.indexOf(value) >= 0;
    case "notcontains":
      return actual.indexOf(value) < 0;
    case "isoneof":
      return parseStrings(value)?.has(actual) ?? false;
    case "isnotoneof":
      return !(parseStrings(value)?.has(actual) ?? false);
  }
  return false;
}

function compares(operator: string, actual: number, bound: number): boolean {
  switch (operator) {
    case "eq":
      return actual === bound;
    case "neq":
      return actual < bound || actual > bound;
    case "lt":
      return actual < bound;
    case "lte":
      return actual <= bound;
    case "gt":
      return actual > bound;
    case "gte":
      return actual >= bound;
  }
  return false;
}

function variantAnswer({ flag, rules, bucket }: VariantExplanation): object {
  const rule = decisive(rules);
  const variant = flag.defaultVariant;
  const shares = rules.map(({ distributions }) => distributions);
  for (const distributions of shares) checkRanges(distributions);
  assert.deepEqual(rules.filter((each) => each !== rule && each.distributions.some(({ hit }) => hit)), []);
  const hits = rule?.distributions.filter(({ hit }) => hit) ?? [];
  const [hit] = hits;
  assert.equal(hits.length, rule?.distributions.some(({ rollout }) => Math.fround(rollout) > 0) ? 1 : 0);
  if (hit !== undefined) assert.ok(hit.from <= bucket.bucket && bucket.bucket < hit.to);
  const reason = rule !== undefined
    ? "MATCH"
    : !flag.enabled
    ? "FLAG_DISABLED"
    : variant === undefined
    ? "UNKNOWN"
    : "DEFAULT";
  const attachment = hit === undefined ? variant?.attachment : hit.variantAttachment;
  return {
    match: rule !== undefined,
    segmentKeys: matchedKeys(rule),
    reason: `${reason}_EVALUATION_REASON`,
    flagKey: flag.key,
    variantKey: hit?.variantKey ?? variant?.key ?? "",
    ...(attachment === undefined ? {} : { variantAttachment: attachment }),
  };
}

function checkRanges(distributions: ExplainedRule["distributions"]): void {
  const ranges = distributions.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  let end = 0;
  for (const { from, to } of ranges) {
    assert.equal(from, end);
    end = to;
  }
  assert.equal(end, distributions.some(({ rollout }) => Math.fround(rollout) > 0) ? 1000 : 0);
}

function booleanAnswer({ flag, rollouts }: BooleanExplanation): object {
  const rollout = decisive(rollouts);
  const byFlag = rollouts.length === 0 && !flag.enabled ? "FLAG_DISABLED" : "DEFAULT";
  return {
    enabled: rollout !== undefined && rollout.kind !== "empty" ? rollout.value : flag.enabled,
    flagKey: flag.key,
    reason: `${rollout === undefined ? byFlag : "MATCH"}_EVALUATION_REASON`,
    segmentKeys: rollout?.kind === "segment" ? matchedKeys(rollout) : [],
  };
}

function matchedKeys(step: ExplainedSegments | undefined): string[] {
  return (step?.segments ?? []).filter((segment) => segment.status === "matched").map(({ key }) => key);
}

function decisive<Step extends ExplainedStep>(steps: readonly Step[]): Step | undefined {
  return steps.find((step) => step.status === "matched");
}

function status(holds: boolean): StepStatus {
  return holds ? "matched" : "not matched";
}

function sortedKeys(answer: object): object {
  const { segmentKeys, ...rest } = answer as { segmentKeys: string[] };
  return { ...rest, segmentKeys: [...segmentKeys].sort() };
}

function crc32(text: string): number {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
