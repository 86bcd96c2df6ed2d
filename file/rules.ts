// Reads the rules of variant flags and the rollouts of boolean flags.

import { membersOf, stringOf, suggestion } from "./members.ts";
import type { Members, PlacedString } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import { quoted } from "./tree.ts";

/** A rule of a variant flag. */
export interface FeatureRule {
  /** The segments that it applies to. */
  readonly segments: SegmentNames;
  /** The variants to choose from. */
  readonly distributions: readonly { readonly variant: string; readonly rollout: number }[];
}

/** A rollout of a boolean flag. */
export type FeatureRollout =
  | { readonly segments: SegmentNames; readonly value: boolean }
  | { readonly percentage: number; readonly value: boolean };

/** The segments of a rule or rollout. */
export interface SegmentNames {
  /** Their keys. */
  readonly keys: readonly PlacedString[];
  /** Whether all or any of them must match. */
  readonly operator: SegmentOperator;
}

/** How the segments of a rule or rollout are combined. */
export type SegmentOperator = typeof SEGMENT_OPERATORS[number];

const SEGMENT_OPERATORS = ["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"] as const;
const RULE_SEGMENT_MEMBERS = ["keys", "operator"] as const;
const DISTRIBUTION_MEMBERS = ["variant", "rollout"] as const;
const ROLLOUT_SEGMENT_MEMBERS = ["key", "keys", "operator", "value"] as const;
const THRESHOLD_MEMBERS = ["percentage", "value"] as const;

/** How much the percentages of a rule may exceed 100, which three rounded thirds do. */
const ROUNDING_TOLERANCE = 0.01;

/** Reads a rule. Returns `undefined` when it is invalid. */
export function readRule(
  members: Members,
  variants: ReadonlyMap<string, string>,
  problems: FileProblems,
): FeatureRule | undefined {
  const segments = readRuleSegments(members, problems);
  const distributions: { variant: string; rollout: number }[] = [];
  let sum = 0;
  for (const distribution of members.objects("distributions", "a distribution", DISTRIBUTION_MEMBERS)) {
    const variant = distribution.requiredString("variant");
    const rollout = distribution.percentage("rollout");
    if (variant === undefined) continue;
    if (!variants.has(variant.value)) {
      problems.add(variant.at, missingMessage("the flag", "variant", variant.value, [...variants.keys()]));
    } else if (distributions.some(({ variant: other }) => other === variant.value)) {
      problems.add(variant.at, `the rule already distributes to variant ${quoted(variant.value)}`);
    }
    sum += rollout ?? 0;
    distributions.push({ variant: variant.value, rollout: rollout ?? 0 });
  }
  if (sum > 100 + ROUNDING_TOLERANCE) {
    const total = Number(sum.toFixed(2));
    problems.add(
      members.placeOf("distributions"),
      `the rollouts of a rule's distributions must add up to at most 100, not ${total}`,
    );
  }
  return segments && { segments, distributions };
}

function readRuleSegments(members: Members, problems: FileProblems): SegmentNames | undefined {
  const node = members.node("segment");
  if (node?.kind !== "map") {
    const key = members.requiredString("segment");
    return key && { keys: [key], operator: "OR_SEGMENT_OPERATOR" };
  }
  const inner = membersOf(node, "the segment of a rule", RULE_SEGMENT_MEMBERS, problems);
  return inner && readSegmentKeys(inner, problems);
}

function readSegmentKeys(members: Members, problems: FileProblems): SegmentNames {
  const nodes = members.list("keys");
  if (!members.has("keys") || nodes.length === 0) {
    problems.add(members.placeOf("keys"), "a segment is required: add keys: [the key of a segment]");
  }
  const keys = nodes.flatMap((node) => stringOf(node, "the key of a segment", problems) ?? []);
  for (const [index, key] of keys.entries()) {
    if (keys.findIndex(({ value }) => value === key.value) < index) {
      problems.add(key.at, `segment ${quoted(key.value)} is listed twice`);
    }
  }
  return { keys, operator: members.oneOf("operator", SEGMENT_OPERATORS) };
}

/** Reads a rollout. Returns `undefined` when it is invalid. */
export function readRollout(members: Members, problems: FileProblems): FeatureRollout | undefined {
  members.string("description");
  const segment = members.node("segment");
  const threshold = members.node("threshold");
  if ((segment === undefined) === (threshold === undefined)) {
    const what = segment === undefined ? "has neither" : "has both";
    problems.add(members.at, `a rollout has either a segment or a threshold, and this one ${what}`);
    return undefined;
  }
  if (threshold !== undefined) {
    const inner = membersOf(threshold, "a threshold", THRESHOLD_MEMBERS, problems);
    const percentage = inner?.percentage("percentage");
    const value = inner?.boolean("value") ?? false;
    return percentage === undefined ? undefined : { percentage, value };
  }
  const inner = segment && membersOf(segment, "the segment of a rollout", ROLLOUT_SEGMENT_MEMBERS, problems);
  if (inner === undefined) return undefined;
  const value = inner.boolean("value");
  if (!inner.has("key")) return { segments: readSegmentKeys(inner, problems), value };
  if (inner.has("keys")) {
    problems.add(inner.placeOf("keys"), "the segment of a rollout has either a key or keys: remove one");
  }
  const key = inner.requiredString("key");
  const operator = inner.oneOf("operator", SEGMENT_OPERATORS);
  return key && { segments: { keys: [key], operator }, value };
}

/** Returns the message for a reference to something that does not exist. */
export function missingMessage(
  place: string,
  what: string,
  name: string,
  existing: readonly string[],
): string {
  return `${place} has no ${what} ${quoted(name)}${suggestionOrAll(name, existing)}`;
}

function suggestionOrAll(name: string, existing: readonly string[]): string {
  const similar = suggestion(name, existing);
  if (similar !== "" || existing.length === 0) return similar;
  return `; it has ${existing.slice(0, 8).join(", ")}${existing.length > 8 ? ", …" : ""}`;
}
