// Reads the rules and rollouts of flags.

import { membersOf, stringOf, suggestion } from "./members.ts";
import type { Members, PlacedString } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import { float32 } from "./server_json.ts";
import { quoted } from "./tree.ts";

/** A rule of a variant flag. */
export interface FeatureRule {
  /** The segments that it applies to. */
  readonly segments: SegmentNames;
  /** The variants to choose from. */
  readonly distributions: readonly { readonly variant: string; readonly rollout: number }[];
}

/** A rollout of a boolean flag. One with neither a segment nor a threshold never applies. */
export type FeatureRollout =
  | { readonly kind: "segment"; readonly segments: SegmentNames; readonly value: boolean }
  | { readonly kind: "threshold"; readonly percentage: number; readonly value: boolean }
  | { readonly kind: "none" };

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
const ROUNDING_TOLERANCE = 0.1;

/** Reads a rule. Returns `undefined` when it is invalid. */
export function readRule(
  members: Members,
  variants: ReadonlyMap<string, unknown>,
  problems: FileProblems,
): FeatureRule | undefined {
  members.checkRank("rank");
  const segments = readRuleSegments(members, problems);
  const distributions: { variant: string; rollout: number }[] = [];
  const chosen = new Set<string>();
  let sum = 0;
  for (const distribution of members.objects("distributions", "a distribution", DISTRIBUTION_MEMBERS)) {
    const variant = distribution.requiredString("variant");
    const rollout = readShare(distribution, problems);
    if (variant === undefined) continue;
    if (!variants.has(variant.value)) {
      problems.add(variant.at, missingMessage("the flag", "variant", variant.value, variants, problems));
    } else if (chosen.has(variant.value)) {
      problems.warn(
        variant.at,
        "duplicate",
        `the rule already distributes to variant ${quoted(variant.value)}: combine the two`,
      );
    }
    chosen.add(variant.value);
    sum += rollout;
    distributions.push({ variant: variant.value, rollout: float32(rollout) });
  }
  if (sum > 100 + ROUNDING_TOLERANCE) {
    problems.warn(
      members.placeOf("distributions"),
      "distribution-sum",
      `the rollouts of a rule's distributions should add up to 100, not ${
        Number(sum.toFixed(2))
      }: clients scale them`,
    );
  }
  return segments && { segments, distributions };
}

function readShare(distribution: Members, problems: FileProblems): number {
  const rollout = distribution.requiredNumber("rollout");
  if (rollout === undefined) return 0;
  if (rollout.value >= 0 && rollout.value <= 100) return rollout.value;
  problems.add(rollout.at, `rollout of a distribution must be from 0 to 100, not ${rollout.source}`);
  return 0;
}

function readRuleSegments(members: Members, problems: FileProblems): SegmentNames | undefined {
  const node = members.node("segment");
  if (node?.kind !== "map") {
    const key = members.segmentKey("segment");
    return key && { keys: [key], operator: "OR_SEGMENT_OPERATOR" };
  }
  const inner = membersOf(node, "the segment of a rule", RULE_SEGMENT_MEMBERS, problems);
  return inner && readSegmentKeys(inner, problems);
}

function readSegmentKeys(members: Members, problems: FileProblems): SegmentNames {
  const keys = members.list("keys").flatMap((node) => stringOf(node, "the key of a segment", problems) ?? []);
  const operator = members.oneOf("operator", SEGMENT_OPERATORS);
  if (keys.length === 0) {
    const effect = operator === "OR_SEGMENT_OPERATOR" ? "never applies" : "always applies";
    problems.warn(
      members.placeOf("keys"),
      "no-segment",
      `without a segment, this ${effect}: add keys: [the key of a segment]`,
    );
  }
  const named = new Set<string>();
  for (const { value, at } of keys) {
    if (named.has(value)) {
      problems.warn(at, "duplicate", `segment ${quoted(value)} is listed twice: remove one`);
    }
    named.add(value);
  }
  return { keys, operator };
}

/** Reads a rollout. Returns `undefined` when it is invalid. */
export function readRollout(members: Members, problems: FileProblems): FeatureRollout | undefined {
  members.string("description");
  const segment = members.node("segment");
  const threshold = members.node("threshold");
  if (segment !== undefined && threshold !== undefined) {
    problems.add(
      members.at,
      "a rollout has either a segment or a threshold, and this one has both: remove one",
    );
    return undefined;
  }
  if (threshold !== undefined) return readThreshold(threshold, problems);
  if (segment === undefined) {
    problems.warn(
      members.at,
      "empty-rollout",
      "a rollout with neither a segment nor a threshold never applies: add one, or remove the rollout",
    );
    return { kind: "none" };
  }
  const inner = membersOf(segment, "the segment of a rollout", ROLLOUT_SEGMENT_MEMBERS, problems);
  if (inner === undefined) return undefined;
  const value = inner.boolean("value");
  const hasKeys = inner.isPresent("keys");
  if (!inner.isPresent("key") && hasKeys) {
    return { kind: "segment", segments: readSegmentKeys(inner, problems), value };
  }
  if (hasKeys) {
    problems.add(inner.placeOf("keys"), "the segment of a rollout has either a key or keys: remove one");
  }
  const key = inner.segmentKey("key");
  const operator = inner.oneOf("operator", SEGMENT_OPERATORS);
  return key && { kind: "segment", segments: { keys: [key], operator }, value };
}

function readThreshold(
  node: NonNullable<ReturnType<Members["node"]>>,
  problems: FileProblems,
): FeatureRollout | undefined {
  const members = membersOf(node, "a threshold", THRESHOLD_MEMBERS, problems);
  const percentage = members?.requiredNumber("percentage");
  const value = members?.boolean("value") ?? false;
  if (percentage === undefined) return undefined;
  if (percentage.value < 0 || percentage.value > 100) {
    const share = percentage.value < 0 ? "no entity" : "every entity";
    problems.warn(
      percentage.at,
      "threshold-range",
      `percentage of a threshold should be from 0 to 100: ${percentage.source} matches ${share}`,
    );
  }
  return { kind: "threshold", percentage: float32(percentage.value), value };
}

/** Returns the message for a reference to something that does not exist. */
export function missingMessage(
  place: string,
  what: string,
  name: string,
  existing: ReadonlyMap<string, unknown>,
  problems: FileProblems,
): string {
  const hint = problems.maySuggest() ? suggestionOrAll(name, [...existing.keys()]) : "";
  return `${place} has no ${what} ${quoted(name)}${hint}`;
}

function suggestionOrAll(name: string, existing: readonly string[]): string {
  const similar = suggestion(name, existing);
  if (similar !== "" || existing.length === 0) return similar;
  return `; it has ${existing.slice(0, 8).map((each) => quoted(each).slice(1, -1)).join(", ")}${
    existing.length > 8 ? ", …" : ""
  }`;
}
