// The snapshot: the JSON of the reference library's own structures, in base64. Turns documents into it and back.

import { DocumentError } from "../core/errors.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import {
  constraints,
  type DocumentFlag,
  type DocumentRollout,
  type DocumentRule,
  type DocumentSegment,
  type FlagDocument,
  parseChecked,
  threshold,
  variant,
} from "./document.ts";
import { LARGE_BYTES, scan } from "./json_scan.ts";
import { checkLimits } from "./limits.ts";
import { members, type Shape } from "./shape.ts";

const VERSION = 1;

interface Snapshot {
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

interface SnapshotRule {
  readonly id: string;
  readonly flag_key: string;
  readonly segments: SnapshotSegments;
  readonly rank: number;
  readonly segment_operator: string;
}

interface SnapshotRollout {
  readonly rollout_type: string;
  readonly rank: number;
  readonly segment?:
    | { readonly value: boolean; readonly segment_operator: string; readonly segments: SnapshotSegments }
    | null;
  readonly threshold?: { readonly percentage: number; readonly value: boolean } | null;
}

type SnapshotSegments = Readonly<Record<string, SnapshotSegment>>;

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

interface SnapshotDistribution {
  readonly rule_id: string;
  readonly rollout: number;
  readonly variant_key: string;
  readonly variant_attachment?: string | null;
}

const segments: Shape = { mapOf: members({ segment_key: "string", match_type: "string", constraints }) };

const flag: Shape = members({
  key: "string",
  enabled: "boolean",
  type: "string",
  "description?": "string",
  "default_variant?": variant,
});

const rule: Shape = members({
  id: "string",
  flag_key: "string",
  segments,
  rank: "number",
  segment_operator: "string",
});

const rollout: Shape = members({
  rollout_type: "string",
  rank: "number",
  "segment?": members({ value: "boolean", segment_operator: "string", segments }),
  "threshold?": threshold,
});

const distribution: Shape = members({
  rule_id: "string",
  rollout: "number",
  variant_key: "string",
  "variant_attachment?": "string",
});

const snapshot: Shape = members({
  version: "number",
  namespace: members({
    key: "string",
    flags: { mapOf: flag },
    eval_rules: { mapOf: { listOf: rule } },
    eval_rollouts: { mapOf: { listOf: rollout } },
    eval_distributions: { mapOf: { listOf: distribution } },
  }),
});

/** The snapshot of a document as base64, which is what the reference library takes and gives. */
export function encodeSnapshot(document: FlagDocument, namespace: string): string {
  return toBase64(new TextEncoder().encode(documentToSnapshot(document, namespace)));
}

/**
 * The document of a snapshot in base64.
 * @param text The base64, or its ASCII bytes.
 * @throws {DocumentError} when the text is no snapshot of `namespace`; the message says what is wrong with it.
 */
export function decodeSnapshot(text: string | Uint8Array, namespace: string): FlagDocument {
  const bytes = fromBase64(typeof text === "string" ? text : new TextDecoder().decode(text));
  if (bytes === undefined) {
    throw invalid("it is not padded base64 (give the text that getSnapshot() returned, unchanged)");
  }
  return snapshotToDocument(bytes, namespace);
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

/**
 * The document of a snapshot's JSON.
 * @throws {DocumentError} when the JSON is no snapshot of `namespace`; the message says what is wrong with it.
 */
export function snapshotToDocument(json: Uint8Array, namespace: string): FlagDocument {
  if (json.length >= LARGE_BYTES) { for (const _ of scan(json, "snapshot")); }
  const { version, namespace: content } = parseChecked(json, snapshot, "snapshot") as Snapshot;
  if (version !== VERSION) {
    throw invalid(
      `its version is ${version}, not ${VERSION}: take a new one with this client`,
    );
  }
  if (content.key !== namespace) {
    throw invalid(`it is of the namespace "${content.key}", and this client asks for "${namespace}"`);
  }
  const flags = Object.entries(content.flags).map(([key, source]): DocumentFlag => {
    if (source.key !== key) {
      throw invalid(`the flag "${key}" says that its key is "${source.key}"`);
    }
    const isBoolean = source.type === "BOOLEAN_FLAG_TYPE";
    const rules = listOf(content, "eval_rules", key, !isBoolean);
    const rollouts = listOf(content, "eval_rollouts", key, isBoolean);
    const flag: DocumentFlag = {
      key,
      name: key,
      type: source.type,
      description: source.description,
      enabled: source.enabled,
      rules: rules.map((rule) => ruleToDocument(rule, listOf(content, "eval_distributions", rule.id, true))),
      rollouts: rollouts.map(rolloutToDocument),
      defaultVariant: source.default_variant,
    };
    checkLimits(flag, "snapshot");
    return flag;
  });
  return { namespace: { key: namespace }, flags };
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

function ruleToDocument(source: SnapshotRule, distributions: readonly SnapshotDistribution[]): DocumentRule {
  return {
    segments: segmentsToDocument(source.segments),
    segmentOperator: source.segment_operator,
    distributions: distributions.map(({ rollout, variant_key, variant_attachment }) => ({
      variantKey: variant_key,
      rollout,
      variantAttachment: variant_attachment,
    })),
  };
}

function rolloutToDocument({ threshold, segment }: SnapshotRollout): DocumentRollout {
  return {
    threshold,
    segment: segment && {
      segmentOperator: segment.segment_operator,
      value: segment.value,
      segments: segmentsToDocument(segment.segments),
    },
  };
}

function segmentsToDocument(sources: SnapshotSegments): DocumentSegment[] {
  // The reference reports the key of the map, whatever the segment itself says.
  return Object.entries(sources).map(([key, { match_type, constraints }]) => (
    { key, matchType: match_type, constraints }
  ));
}

type Lists = Omit<Snapshot["namespace"], "key" | "flags">;

/** A list of the snapshot; the ranks in it, where it has any, ascend. */
function listOf<Name extends keyof Lists>(
  content: Lists,
  name: Name,
  key: string,
  needed: boolean,
): Lists[Name][string] {
  const lists = content[name] as Readonly<Record<string, readonly { readonly rank?: number }[]>>;
  const list = Object.hasOwn(lists, key) ? lists[key] : undefined;
  if (list === undefined && needed) throw invalid(`namespace.${name} has no "${key}"`);
  let last = 0;
  for (const { rank = last } of list ?? []) {
    if (rank < last) {
      throw invalid(`the ranks of namespace.${name}[${JSON.stringify(key)}] do not ascend`);
    }
    last = rank;
  }
  return (list ?? []) as Lists[Name][string];
}

function invalid(problem: string): DocumentError {
  return new DocumentError(`not a valid snapshot: ${problem}; the flag state stays as it was`);
}
