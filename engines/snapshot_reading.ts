// Turns snapshots into documents: what a client needs that starts from one. In browsers it is loaded only then.

import { DocumentError } from "../core/errors.ts";
import { fromBase64 } from "./base64.ts";
import {
  constraints,
  type DocumentFlag,
  type DocumentRollout,
  type DocumentRule,
  type DocumentSegment,
  type FlagDocument,
  LARGE_BYTES,
  MAX_RULES,
  threshold,
  variant,
} from "./document.ts";
import { parseChecked } from "./document_parsing.ts";
import { scan } from "./json_scan.ts";
import { checkLimits } from "./limits.ts";
import { members, type Shape } from "./shape.ts";
import {
  type Snapshot,
  type SnapshotDistribution,
  type SnapshotRollout,
  type SnapshotRule,
  type SnapshotSegments,
  VERSION,
} from "./snapshot.ts";

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
    eval_rules: { mapOf: { listOf: rule, most: MAX_RULES } },
    eval_rollouts: { mapOf: { listOf: rollout, most: MAX_RULES } },
    eval_distributions: { mapOf: { listOf: distribution } },
  }),
});

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
    throw invalid(`it belongs to the namespace "${content.key}", and this client needs "${namespace}"`);
  }
  const flags = Object.entries(content.flags).map(([key, source]): DocumentFlag => {
    if (source.key !== key) {
      throw invalid(`the flag "${key}" has the key "${source.key}"`);
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
