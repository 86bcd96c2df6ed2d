// The snapshot: the JSON of the reference library's own structures, in base64. Turns documents into it and back.

import { DocumentError } from "../src/errors.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import {
  constraintList,
  type DocumentFlag,
  type DocumentRollout,
  type DocumentRule,
  type DocumentSegment,
  type FlagDocument,
  parseChecked,
} from "./document.ts";
import { optional, required, type Shape } from "./shape.ts";

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

const segments: Shape = {
  mapOf: {
    members: [
      required("segment_key", "string"),
      required("match_type", "string"),
      required("constraints", constraintList),
    ],
  },
};

const flag: Shape = {
  members: [
    required("key", "string"),
    required("enabled", "boolean"),
    required("type", "string"),
    optional("description", "string"),
    optional("default_variant", {
      members: [required("id", "string"), required("key", "string"), optional("attachment", "string")],
    }),
  ],
};

const rule: Shape = {
  members: [
    required("id", "string"),
    required("flag_key", "string"),
    required("segments", segments),
    required("rank", "number"),
    required("segment_operator", "string"),
  ],
};

const rollout: Shape = {
  members: [
    required("rollout_type", "string"),
    required("rank", "number"),
    optional("segment", {
      members: [
        required("value", "boolean"),
        required("segment_operator", "string"),
        required("segments", segments),
      ],
    }),
    optional("threshold", { members: [required("percentage", "number"), required("value", "boolean")] }),
  ],
};

const distribution: Shape = {
  members: [
    required("rule_id", "string"),
    required("rollout", "number"),
    required("variant_key", "string"),
    optional("variant_attachment", "string"),
  ],
};

const snapshot: Shape = {
  members: [
    required("version", "number"),
    required("namespace", {
      members: [
        required("key", "string"),
        required("flags", { mapOf: flag }),
        required("eval_rules", { mapOf: { listOf: rule } }),
        required("eval_rollouts", { mapOf: { listOf: rollout } }),
        required("eval_distributions", { mapOf: { listOf: distribution } }),
      ],
    }),
  ],
};

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
    throw new DocumentError(
      "not a valid snapshot: it is not padded base64 without white space; give the text that getSnapshot() returned, unchanged",
    );
  }
  return snapshotToDocument(bytes, namespace);
}

/** The JSON text of a document's snapshot. A document of another namespace gives a snapshot without flags. */
export function documentToSnapshot(document: FlagDocument, namespace: string): string {
  const flags = new Map<string, DocumentFlag>();
  if (document.namespace.key === namespace) {
    for (const flag of document.flags) flags.set(flag.key, flag);
  }
  const result: Snapshot = {
    version: VERSION,
    namespace: {
      key: namespace,
      flags: record(flags, flagToSnapshot),
      eval_rules: record(
        flags,
        (flag) => (flag.rules ?? []).map((rule, i) => ruleToSnapshot(flag, rule, i + 1)),
      ),
      eval_rollouts: record(
        flags,
        (flag) => (flag.rollouts ?? []).map((each, i) => rolloutToSnapshot(each, i + 1)),
      ),
      eval_distributions: distributionsToSnapshot(flags.values()),
    },
  };
  return JSON.stringify(result);
}

/**
 * The document of a snapshot's JSON.
 * @throws {DocumentError} when the JSON is no snapshot of `namespace`; the message says what is wrong with it.
 */
export function snapshotToDocument(json: Uint8Array, namespace: string): FlagDocument {
  const { version, namespace: content } = parseChecked(json, snapshot, "snapshot") as Snapshot;
  if (version !== VERSION) {
    throw invalid(
      `its version is ${version}, and only version ${VERSION} is known; take a new one with this client`,
    );
  }
  if (content.key !== namespace) {
    throw invalid(`it is of the namespace "${content.key}", and this client asks for "${namespace}"`);
  }
  const flags = Object.entries(content.flags).map(([key, source]): DocumentFlag => {
    if (source.key !== key) throw invalid(`the flag "${key}" says that its key is "${source.key}"`);
    const rules = listOf(content.eval_rules, "eval_rules", key, source.type !== "BOOLEAN_FLAG_TYPE");
    const rollouts = listOf(content.eval_rollouts, "eval_rollouts", key, source.type === "BOOLEAN_FLAG_TYPE");
    checkRanks(rules, "eval_rules", key);
    checkRanks(rollouts, "eval_rollouts", key);
    return {
      key,
      name: key,
      type: source.type,
      description: source.description,
      enabled: source.enabled,
      rules: rules.map((rule) =>
        ruleToDocument(rule, listOf(content.eval_distributions, "eval_distributions", rule.id, true))
      ),
      rollouts: rollouts.map(rolloutToDocument),
      defaultVariant: source.default_variant,
    };
  });
  return { namespace: { key: namespace }, flags };
}

function flagToSnapshot(flag: DocumentFlag): SnapshotFlag {
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

function ruleToSnapshot(flag: DocumentFlag, rule: DocumentRule, rank: number): SnapshotRule {
  return {
    id: `${flag.key}-${rank}`,
    flag_key: flag.key,
    segments: segmentsToSnapshot(rule.segments ?? []),
    rank,
    segment_operator: operatorToSnapshot(rule.segmentOperator),
  };
}

function rolloutToSnapshot({ threshold, segment }: DocumentRollout, rank: number): SnapshotRollout {
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

function distributionsToSnapshot(
  flags: Iterable<DocumentFlag>,
): Record<string, readonly SnapshotDistribution[]> {
  const byRule = new Map<string, readonly SnapshotDistribution[]>();
  for (const flag of flags) {
    flag.rules?.forEach((rule, i) => {
      const rule_id = `${flag.key}-${i + 1}`;
      const list = rule.distributions.map(({ rollout, variantKey, variantAttachment }) => ({
        rule_id,
        rollout,
        variant_key: variantKey,
        variant_attachment: variantAttachment ?? undefined,
      }));
      byRule.set(rule_id, list);
    });
  }
  return record(byRule, (list) => list);
}

function segmentsToSnapshot(sources: readonly DocumentSegment[]): SnapshotSegments {
  const byKey = new Map<string, DocumentSegment>();
  for (const source of sources) byKey.set(source.key, source);
  return record(byKey, ({ key, matchType, constraints }) => ({
    segment_key: key,
    match_type: matchType === "ALL_SEGMENT_MATCH_TYPE" ? matchType : "ANY_SEGMENT_MATCH_TYPE",
    constraints: constraints.map(({ type, property, operator, value }) => ({
      type: CONSTRAINT_TYPES.has(type) ? type : "UNKNOWN_CONSTRAINT_COMPARISON_TYPE",
      property,
      operator,
      value,
    })),
  }));
}

function operatorToSnapshot(operator: string | null | undefined): string {
  return operator === "AND_SEGMENT_OPERATOR" ? operator : "OR_SEGMENT_OPERATOR";
}

const CONSTRAINT_TYPES: ReadonlySet<string> = new Set(
  ["STRING", "NUMBER", "BOOLEAN", "DATETIME", "ENTITY_ID"].map((name) =>
    `${name}_CONSTRAINT_COMPARISON_TYPE`
  ),
);

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

function listOf<T>(
  lists: Readonly<Record<string, readonly T[]>>,
  name: string,
  key: string,
  needed: boolean,
): readonly T[] {
  if (Object.hasOwn(lists, key)) return lists[key] as readonly T[];
  if (needed) throw invalid(`namespace.${name} has no "${key}"`);
  return [];
}

function checkRanks(list: readonly { readonly rank: number }[], name: string, key: string): void {
  let last = 0;
  for (const { rank } of list) {
    if (rank < last) throw invalid(`the ranks of namespace.${name}[${JSON.stringify(key)}] do not ascend`);
    last = rank;
  }
}

function invalid(problem: string): DocumentError {
  return new DocumentError(`not a valid snapshot: ${problem}; the flag state stays as it was`);
}

/** An object without a prototype, so that no key is special: `__proto__` is one like any other. */
function record<T, R>(source: ReadonlyMap<string, T>, convert: (value: T) => R): Record<string, R> {
  const result: Record<string, R> = Object.create(null);
  for (const [key, value] of source) result[key] = convert(value);
  return result;
}
