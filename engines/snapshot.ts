// The snapshot: the JSON of the reference library's own structures, in base64. Turns documents into it;
// snapshot_reading.ts turns it back.

import { toBase64 } from "./base64.ts";
import type {
  DocumentFlag,
  DocumentRollout,
  DocumentRule,
  DocumentSegment,
  FlagDocument,
} from "./document.ts";

/** The version of the structures. */
export const VERSION = 1;

/** A structure of the reference library. */
export interface Snapshot {
  readonly version: number;
  readonly namespace: {
    readonly key: string;
    readonly flags: Readonly<Record<string, SnapshotFlag>>;
    readonly eval_rules: Readonly<Record<string, readonly SnapshotRule[]>>;
    readonly eval_rollouts: Readonly<Record<string, readonly SnapshotRollout[]>>;
    readonly eval_distributions: Readonly<Record<string, readonly SnapshotDistribution[]>>;
  };
}

interface SnapshotFlag {
  readonly key: string;
  readonly enabled: boolean;
  readonly type: string;
  readonly description?: string | null;
  readonly default_variant?:
    | { readonly id: string; readonly key: string; readonly attachment?: string | null }
    | null;
}

/** A structure of the reference library. */
export interface SnapshotRule {
  readonly id: string;
  readonly flag_key: string;
  readonly segments: SnapshotSegments;
  readonly rank: number;
  readonly segment_operator: string;
}

/** A structure of the reference library. */
export interface SnapshotRollout {
  readonly rollout_type: string;
  readonly rank: number;
  readonly segment?:
    | { readonly value: boolean; readonly segment_operator: string; readonly segments: SnapshotSegments }
    | null;
  readonly threshold?: { readonly percentage: number; readonly value: boolean } | null;
}

/** Segments by their key. */
export type SnapshotSegments = Readonly<Record<string, SnapshotSegment>>;

interface SnapshotSegment {
  readonly segment_key: string;
  readonly match_type: string;
  readonly constraints: readonly {
    readonly type: string;
    readonly property: string;
    readonly operator: string;
    readonly value: string;
  }[];
}

/** A structure of the reference library. */
export interface SnapshotDistribution {
  readonly rule_id: string;
  readonly rollout: number;
  readonly variant_key: string;
  readonly variant_attachment?: string | null;
}

/** The snapshot of a document as base64, which is what the reference library takes and gives. */
export function encodeSnapshot(document: FlagDocument, namespace: string): string {
  return toBase64(new TextEncoder().encode(documentToSnapshot(document, namespace)));
}

/** The JSON text of a document's snapshot. A document of another namespace gives a snapshot without flags. */
export function documentToSnapshot(document: FlagDocument, namespace: string): string {
  const all = document.namespace.key === namespace ? document.flags : [];
  const flags = [...new Map(all.map((flag) => [flag.key, flag])).values()];
  const byFlag = <R>(convert: (flag: DocumentFlag) => R): Record<string, R> =>
    Object.fromEntries(flags.map((flag) => [flag.key, convert(flag)]));
  const result: Snapshot = {
    version: VERSION,
    namespace: {
      key: namespace,
      flags: byFlag(flagToSnapshot),
      eval_rules: byFlag((flag) => (flag.rules ?? []).map((rule, i) => ruleToSnapshot(flag, rule, i + 1))),
      eval_rollouts: byFlag((flag) => (flag.rollouts ?? []).map((each, i) => rolloutToSnapshot(each, i + 1))),
      eval_distributions: Object.fromEntries(
        flags.flatMap((flag) =>
          (flag.rules ?? []).map((
            rule,
            i,
          ) => [ruleId(flag, i + 1), distributionsToSnapshot(flag, rule, i + 1)])
        ),
      ),
    },
  };
  return JSON.stringify(result);
}

export function flagToSnapshot(flag: DocumentFlag): SnapshotFlag {
  const variant = flag.defaultVariant;
  return {
    key: flag.key,
    enabled: flag.enabled,
    type: flag.type === "BOOLEAN_FLAG_TYPE" ? flag.type : "VARIANT_FLAG_TYPE",
    description: flag.description ?? undefined,
    default_variant: variant
      ? { id: variant.id, key: variant.key, attachment: variant.attachment ?? undefined }
      : undefined,
  };
}

export function ruleToSnapshot(flag: DocumentFlag, rule: DocumentRule, rank: number): SnapshotRule {
  return {
    id: ruleId(flag, rank),
    flag_key: flag.key,
    segments: segmentsToSnapshot(rule.segments ?? []),
    rank,
    segment_operator: operatorToSnapshot(rule.segmentOperator),
  };
}

export function rolloutToSnapshot({ threshold, segment }: DocumentRollout, rank: number): SnapshotRollout {
  if (threshold) {
    const { percentage, value } = threshold;
    return { rollout_type: "THRESHOLD_ROLLOUT_TYPE", rank, threshold: { percentage, value } };
  }
  if (!segment) return { rollout_type: "UNKNOWN_ROLLOUT_TYPE", rank };
  return {
    rollout_type: "SEGMENT_ROLLOUT_TYPE",
    rank,
    segment: {
      value: segment.value,
      segment_operator: operatorToSnapshot(segment.segmentOperator),
      segments: segmentsToSnapshot(segment.segments),
    },
  };
}

export function distributionsToSnapshot(
  flag: DocumentFlag,
  rule: DocumentRule,
  rank: number,
): readonly SnapshotDistribution[] {
  return rule.distributions.map(({ rollout, variantKey, variantAttachment }) => ({
    rule_id: ruleId(flag, rank),
    rollout,
    variant_key: variantKey,
    variant_attachment: variantAttachment ?? undefined,
  }));
}

function ruleId(flag: DocumentFlag, rank: number): string {
  return `${flag.key}-${rank}`;
}

/** Where two segments have one key, the last counts. */
function segmentsToSnapshot(sources: readonly DocumentSegment[]): SnapshotSegments {
  return Object.fromEntries(sources.map(({ key, matchType, constraints }) => [key, {
    segment_key: key,
    match_type: matchType === "ALL_SEGMENT_MATCH_TYPE" ? matchType : "ANY_SEGMENT_MATCH_TYPE",
    constraints: constraints.map(({ type, property, operator, value }) => ({
      type: CONSTRAINT_TYPE.test(type) ? type : "UNKNOWN_CONSTRAINT_COMPARISON_TYPE",
      property,
      operator,
      value,
    })),
  }]));
}

function operatorToSnapshot(operator: string | null | undefined): string {
  return operator === "AND_SEGMENT_OPERATOR" ? operator : "OR_SEGMENT_OPERATOR";
}

const CONSTRAINT_TYPE = /^(STRING|NUMBER|BOOLEAN|DATETIME|ENTITY_ID)_CONSTRAINT_COMPARISON_TYPE$/;
