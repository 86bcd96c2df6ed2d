// Converts the flags and segments that files declare into the document that a server would send.

import { createHash } from "node:crypto";
import type {
  DocumentDistribution,
  DocumentFlag,
  DocumentRollout,
  DocumentRule,
  DocumentSegment,
  FlagDocument,
} from "../engines/document.ts";
import type { FeatureFlag, Namespace } from "./features.ts";
import { missingMessage } from "./rules.ts";
import type { FeatureRollout, SegmentNames } from "./rules.ts";
import { quoted } from "./tree.ts";

/** Returns the document of a namespace. A reference to a segment that does not exist is a problem and is omitted. */
export function documentOf(key: string, namespace: Namespace): FlagDocument {
  const flags = Array.from(namespace.flags.values(), (flag) => flagOf(flag, key, namespace));
  const content = { namespace: { key }, flags };
  return { ...content, digest: createHash("sha1").update(JSON.stringify(content)).digest("hex") };
}

function flagOf(flag: FeatureFlag, namespaceKey: string, namespace: Namespace): DocumentFlag {
  const { variants, defaultVariant } = flag;
  const key = flag.key.value;
  const segments = (names: SegmentNames): DocumentSegment[] =>
    segmentsOf(names, flag, namespaceKey, namespace);
  const attachmentOf = (variant: string): string => variants.get(variant) ?? "null";
  return {
    key,
    // A server omits names and descriptions.
    name: "",
    description: "",
    enabled: flag.enabled,
    type: flag.type,
    rules: flag.rules.map((rule, index) =>
      ruleOf(rule, `${key}/${index + 1}`, index + 1, segments, attachmentOf)
    ),
    rollouts: flag.rollouts.map((rollout, index) => rolloutOf(rollout, index + 1, segments)),
    ...(defaultVariant === undefined ? {} : {
      defaultVariant: {
        id: `${key}/${defaultVariant}`,
        key: defaultVariant,
        attachment: attachmentOf(defaultVariant),
      },
    }),
  };
}

function ruleOf(
  { segments: names, distributions }: FeatureFlag["rules"][number],
  id: string,
  rank: number,
  segments: (names: SegmentNames) => DocumentSegment[],
  attachmentOf: (variant: string) => string,
): DocumentRule {
  const rule = {
    id,
    segments: segments(names),
    rank,
    segmentOperator: names.operator,
    distributions: distributions.map(({ variant, rollout }): DocumentDistribution => {
      const distribution = {
        ruleId: id,
        variantKey: variant,
        variantAttachment: attachmentOf(variant),
        rollout,
      };
      return distribution;
    }),
  };
  return rule;
}

function rolloutOf(
  rollout: FeatureRollout,
  rank: number,
  segments: (names: SegmentNames) => DocumentSegment[],
): DocumentRollout {
  const { value } = rollout;
  if ("percentage" in rollout) {
    const threshold = { percentage: rollout.percentage, value };
    return { type: "THRESHOLD_ROLLOUT_TYPE", rank, threshold } as DocumentRollout;
  }
  const segment = { value, segmentOperator: rollout.segments.operator, segments: segments(rollout.segments) };
  return { type: "SEGMENT_ROLLOUT_TYPE", rank, segment } as DocumentRollout;
}

function segmentsOf(
  { keys }: SegmentNames,
  flag: FeatureFlag,
  namespaceKey: string,
  { segments }: Namespace,
): DocumentSegment[] {
  return keys.flatMap(({ value: key, at }) => {
    const found = segments.get(key);
    if (found === undefined) {
      const place = `namespace ${quoted(namespaceKey)}`;
      flag.problems.add(at, missingMessage(place, "segment", key, [...segments.keys()]));
      return [];
    }
    const segment = {
      key,
      name: "",
      description: "",
      matchType: found.matchType.replace("_MATCH_TYPE", "_SEGMENT_MATCH_TYPE"),
      constraints: found.constraints,
    };
    return [segment];
  });
}
