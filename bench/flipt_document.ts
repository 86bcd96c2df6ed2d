// Converts flags to Flipt's document, with all members that a server sends, including those that no client reads.

import { Random } from "../tests/support/random.ts";
import { type Flag, OFF, type Rule, rulesFlag } from "./flags.ts";

/** The namespace of every document here. */
export const NAMESPACE = "default";

/** Returns the document as JSON. */
export function documentJson(flags: readonly Flag[], digest?: string): string {
  const random = new Random(1);
  const id = (): string =>
    random.list(4, () => random.below(2 ** 32).toString(16).padStart(8, "0")).join("-");
  return JSON.stringify({
    namespace: { key: NAMESPACE },
    flags: flags.map((flag) => fliptFlag(flag, id)),
    digest,
  });
}

/**
 * Returns a document of the given size as JSON: as many flags of three rules as it takes.
 * @param version Documents of one size but different versions differ in one flag and in the digest.
 */
export function documentJsonOfSize(bytes: number, version = 0): string {
  const one = documentJson([rulesFlag(sizedFlagKey(0))]).length;
  const flags = Array.from(
    { length: Math.max(1, Math.round(bytes / one)) },
    (_, n) => rulesFlag(sizedFlagKey(n)),
  );
  flags.push(rulesFlag(`version-${version}`));
  return documentJson(flags, version.toString(16).padStart(40, "0"));
}

/** Returns the key of a flag of {@link documentJsonOfSize}. */
export function sizedFlagKey(n: number): string {
  return `flag-${String(n).padStart(6, "0")}`;
}

function fliptFlag(flag: Flag, id: () => string): object {
  const common = {
    key: flag.key,
    name: `The flag ${flag.key}`,
    description: "",
    enabled: flag.kind === "variant",
    type: flag.kind === "variant" ? "VARIANT_FLAG_TYPE" : "BOOLEAN_FLAG_TYPE",
    createdAt: "2026-01-01T00:00:00.000000Z",
    updatedAt: "2026-01-01T00:00:00.000000Z",
  };
  if (flag.kind === "boolean") {
    return {
      ...common,
      rules: [],
      rollouts: [{
        type: "THRESHOLD_ROLLOUT_TYPE",
        rank: 1,
        threshold: { percentage: flag.percentage, value: true },
      }],
    };
  }
  return {
    ...common,
    rules: flag.rules.map((rule, index) => fliptRule(flag.key, rule, index + 1, id)),
    rollouts: [],
    defaultVariant: { id: id(), key: OFF, attachment: "" },
  };
}

function fliptRule(flagKey: string, { conditions, variants }: Rule, rank: number, id: () => string): object {
  const ruleId = id();
  return {
    id: ruleId,
    segments: [{
      key: `${flagKey}-segment-${rank}`,
      name: "",
      description: "",
      matchType: "ALL_SEGMENT_MATCH_TYPE",
      createdAt: "2026-01-01T00:00:00.000000Z",
      updatedAt: "2026-01-01T00:00:00.000000Z",
      constraints: conditions.map(({ property, value, isPrefix }) => ({
        id: id(),
        type: `${typeof value === "number" ? "NUMBER" : "STRING"}_CONSTRAINT_COMPARISON_TYPE`,
        property,
        operator: typeof value === "number"
          ? "gt"
          : typeof value !== "string"
          ? "isoneof"
          : isPrefix
          ? "prefix"
          : "eq",
        value: typeof value === "string" ? value : JSON.stringify(value),
      })),
    }],
    rank,
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: variants.map((variantKey) => ({
      id: id(),
      ruleId,
      variantId: id(),
      variantKey,
      variantAttachment: "",
      rollout: 100 / variants.length,
    })),
  };
}
