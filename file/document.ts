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
import type { FeatureFlag, FeatureVariant } from "./flags.ts";
import type { FeatureSegment, Namespace, ServerVersion } from "./namespaces.ts";
import { missingMessage } from "./rules.ts";
import type { FeatureRollout, FeatureRule, SegmentNames } from "./rules.ts";
import { ENCODED, ENCODED_DOUBLES, jsonOf, PROTOBUF } from "./server_json.ts";
import type { JsonStyle } from "./server_json.ts";
import { quoted } from "./tree.ts";

/** The limit of characters in a document: without one, references to large segments can expand to gigabytes. */
const MAX_CHARACTERS = 128 * 1024 * 1024;
/** The approximate length of a constraint without its property and value. */
const CONSTRAINT_CHARACTERS = 100;

/** Returns the document of a namespace. A reference to a segment that does not exist is a problem. */
export function documentOf(namespace: Namespace, server: ServerVersion): FlagDocument {
  for (const { key, problems } of namespace.missing) {
    const later = namespace.segments.get(key.value);
    const place = `namespace ${quoted(namespace.key)}`;
    problems.add(
      key.at,
      later === undefined
        ? missingMessage(place, "segment", key.value, namespace.segments, problems)
        : `${place} has the segment ${quoted(key.value)} only in a later document, ${
          placeOf(later)
        }, where servers do ` +
          "not find it: move it into this document or an earlier one",
    );
  }
  // A v1 server keeps only the last flag with a key; a v2 server sends all of them.
  const flags = server === "v2"
    ? namespace.flags
    : [...new Map(namespace.flags.map((flag) => [flag.key, flag])).values()];
  const content = { namespace: { key: namespace.key }, flags };
  if (isTooLarge(namespace)) return content;
  return { ...content, digest: createHash("sha1").update(JSON.stringify(content)).digest("hex") };
}

/** Returns whether a document exceeds the limit of characters, and adds a problem if it does. */
function isTooLarge({ key, flags, declared }: Namespace): boolean {
  const sizes = new Map<DocumentSegment["constraints"], number>();
  const sizeOf = ({ constraints }: DocumentSegment): number => {
    const known = sizes.get(constraints);
    if (known !== undefined) return known;
    const size = constraints.reduce(
      (sum, { property, value }) => sum + CONSTRAINT_CHARACTERS + property.length + value.length,
      0,
    );
    sizes.set(constraints, size);
    return size;
  };
  let count = 0;
  for (const flag of flags) {
    for (const { segments, distributions } of flag.rules ?? []) {
      for (const segment of segments ?? []) count += sizeOf(segment);
      for (const { variantAttachment } of distributions) count += variantAttachment?.length ?? 0;
    }
    for (const { segment } of flag.rollouts ?? []) {
      for (const each of segment?.segments ?? []) count += sizeOf(each);
    }
    if (count <= MAX_CHARACTERS) continue;
    const place = declared.get(flag.key);
    place?.problems.add(
      place.key.at,
      `with this flag the document of namespace ${
        quoted(key)
      } exceeds ${MAX_CHARACTERS} characters, since a document ` +
        "repeats each segment and attachment wherever it is used: use large ones less often",
    );
    return true;
  }
  return false;
}

/**
 * Returns a flag as a server sends it.
 * @param own The segments of the same document of the file.
 */
export function documentFlag(
  flag: FeatureFlag,
  namespace: Namespace,
  own: ReadonlyMap<string, FeatureSegment>,
  server: ServerVersion,
): DocumentFlag {
  const { defaultVariant } = flag;
  const key = flag.key.value;
  const segments = (names: SegmentNames): DocumentSegment[] =>
    documentSegments(names, flag, namespace, own, server);
  // A v1 server sends the rules of variant flags only; a v2 server sends all that is declared.
  const isVariant = server === "v2" || flag.type === "VARIANT_FLAG_TYPE";
  const encoded = flag.problems.isJson ? ENCODED_DOUBLES : ENCODED;
  const attachments = new Map<string, string>();
  const attachment = (key: string): string => {
    const known = attachments.get(key) ??
      attachmentOf(flag.variants.get(key), server === "v1" ? encoded : PROTOBUF);
    attachments.set(key, known);
    return known;
  };
  return {
    key,
    // A server omits names and descriptions.
    name: "",
    description: "",
    enabled: flag.enabled,
    type: flag.type,
    rules: isVariant
      ? flag.rules.map((rule, index) =>
        documentRule(rule, `${key}/${index + 1}`, index + 1, { segments, attachment })
      )
      : [],
    rollouts: flag.rollouts.map((rollout, index) => documentRollout(rollout, index + 1, segments)),
    ...(defaultVariant === undefined || !isVariant ? {} : {
      defaultVariant: {
        id: `${key}/${defaultVariant.key}`,
        key: defaultVariant.key,
        attachment: attachmentOf(defaultVariant, encoded),
      },
    }),
  };
}

function attachmentOf(variant: FeatureVariant | undefined, style: JsonStyle): string {
  return variant?.attachment === undefined ? "null" : jsonOf(variant.attachment, style);
}

/** Returns the parts of a rule that are declared elsewhere. */
interface RuleParts {
  /** Returns the segments of a rule or rollout. */
  readonly segments: (names: SegmentNames) => DocumentSegment[];
  /** Returns the attachment of a variant. */
  readonly attachment: (variant: string) => string;
}

function documentRule(
  { segments: names, distributions }: FeatureRule,
  id: string,
  rank: number,
  parts: RuleParts,
): DocumentRule {
  const rule = {
    id,
    segments: parts.segments(names),
    rank,
    segmentOperator: names.operator,
    distributions: distributions.map(({ variant, rollout }): DocumentDistribution => {
      const distribution = {
        ruleId: id,
        variantKey: variant,
        variantAttachment: parts.attachment(variant),
        rollout,
      };
      return distribution;
    }),
  };
  return rule;
}

function documentRollout(
  rollout: FeatureRollout,
  rank: number,
  segments: RuleParts["segments"],
): DocumentRollout {
  switch (rollout.kind) {
    case "none":
      return { type: "UNKNOWN_ROLLOUT_TYPE", rank } as DocumentRollout;
    case "threshold": {
      const { percentage, value } = rollout;
      return { type: "THRESHOLD_ROLLOUT_TYPE", rank, threshold: { percentage, value } } as DocumentRollout;
    }
    case "segment": {
      const { segments: names, value } = rollout;
      const segment = { value, segmentOperator: names.operator, segments: segments(names) };
      return { type: "SEGMENT_ROLLOUT_TYPE", rank, segment } as DocumentRollout;
    }
  }
}

function documentSegments(
  { keys }: SegmentNames,
  flag: FeatureFlag,
  namespace: Namespace,
  own: ReadonlyMap<string, FeatureSegment>,
  server: ServerVersion,
): DocumentSegment[] {
  return keys.flatMap((key) => {
    const { value: segmentKey, at } = key;
    const found = namespace.segments.get(segmentKey);
    if (found === undefined) {
      namespace.missing.push({ key, problems: flag.problems });
      return [];
    }
    if (server === "v2" && !own.has(segmentKey)) {
      flag.problems.warn(
        at,
        "segment-left-out",
        `segment ${quoted(segmentKey)} is declared in an earlier document, ${
          placeOf(found)
        }, and a v2 server omits it ` +
          "from what clients receive: declare it in this document",
      );
      return [];
    }
    const segment = {
      key: segmentKey,
      name: "",
      description: "",
      matchType: found.matchType.replace("_MATCH_TYPE", "_SEGMENT_MATCH_TYPE"),
      constraints: found.constraints,
    };
    return [segment];
  });
}

function placeOf({ key, problems }: FeatureSegment): string {
  return `${problems.file}:${problems.place(key.at).line}`;
}
