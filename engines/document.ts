// The document that a Flipt server sends: its types, and how bytes become one that is known to be valid.

import { members, type Shape } from "./shape.ts";

/** The flag state of a namespace, as a server sends it. Other members are ignored. */
export interface FlagDocument {
  /** The namespace. */
  readonly namespace: DocumentNamespace;
  /** The flags; if two have the same key, the last one is used. */
  readonly flags: readonly DocumentFlag[];
  /** Identifies this state, if the server sends it (a string then). */
  readonly digest?: unknown;
}

/** The namespace of a document. */
export interface DocumentNamespace {
  /** The key of the namespace. */
  readonly key: string;
  /** Its display name. */
  readonly name?: string | null;
}

/** A flag of a document. */
export interface DocumentFlag {
  /** The key of the flag. */
  readonly key: string;
  /** Its display name. */
  readonly name: string;
  /** `BOOLEAN_FLAG_TYPE`; anything else, or nothing, is a variant flag. */
  readonly type?: string | null;
  /** What the flag is for. */
  readonly description?: string | null;
  /** Whether a variant flag is on; the default value of a boolean flag. */
  readonly enabled: boolean;
  /** The rules of a variant flag, the first that matches decides. */
  readonly rules?: readonly DocumentRule[] | null;
  /** The rollouts of a boolean flag, the first that applies decides. */
  readonly rollouts?: readonly DocumentRollout[] | null;
  /** The variant when no rule matches. */
  readonly defaultVariant?: DocumentVariant | null;
}

/** The default variant of a flag. */
export interface DocumentVariant {
  /** The server's id of the variant. */
  readonly id: string;
  /** The key of the variant. */
  readonly key: string;
  /** JSON in a string. */
  readonly attachment?: string | null;
}

/** A rule of a variant flag. */
export interface DocumentRule {
  /** The segments; if two have the same key, the last one is used. */
  readonly segments?: readonly DocumentSegment[] | null;
  /** `AND_SEGMENT_OPERATOR`; anything else is OR. */
  readonly segmentOperator: string;
  /** The variants to choose from. */
  readonly distributions: readonly DocumentDistribution[];
}

/** A share of a rule's entities that gets a variant. */
export interface DocumentDistribution {
  /** The key of the variant. */
  readonly variantKey: string;
  /** The share, in percent of the sum of all. */
  readonly rollout: number;
  /** JSON in a string. */
  readonly variantAttachment?: string | null;
}

/** A rollout of a boolean flag: a threshold (which takes precedence) or a segment; with neither, it never applies. */
export interface DocumentRollout {
  /** What the rollout is for. */
  readonly description?: string | null;
  /** A share of all entities. */
  readonly threshold?: { readonly percentage: number; readonly value: boolean } | null;
  /** Entities whose segments match. */
  readonly segment?: DocumentRolloutSegment | null;
}

/** The segments of a rollout, and its value. */
export interface DocumentRolloutSegment {
  /** `AND_SEGMENT_OPERATOR`; anything else, also nothing, is OR. */
  readonly segmentOperator?: string | null;
  /** The value of the flag when the segments match. */
  readonly value: boolean;
  /** The segments; if two have the same key, the last one is used. */
  readonly segments: readonly DocumentSegment[];
}

/** A segment: constraints, and how many of them have to hold. */
export interface DocumentSegment {
  /** The key of the segment. */
  readonly key: string;
  /** `ALL_SEGMENT_MATCH_TYPE`; anything else is ANY. */
  readonly matchType: string;
  /** The constraints, from left to right. */
  readonly constraints: readonly DocumentConstraint[];
}

/** A comparison of a property of the context, or of the entity id. */
export interface DocumentConstraint {
  /** What is compared: `STRING_CONSTRAINT_COMPARISON_TYPE` and so on. */
  readonly type: string;
  /** The property of the context. */
  readonly property: string;
  /** How: `eq`, `prefix` and so on. */
  readonly operator: string;
  /** What the property is compared with. */
  readonly value: string;
}

/** The constraints of a segment, written alike in documents and in snapshots. */
export const constraints: Shape = {
  listOf: members({ type: "string", property: "string", operator: "string", value: "string" }),
};

/** The threshold of a rollout, written alike in both. */
export const threshold: Shape = members({ percentage: "number", value: "boolean" });

/** The default variant of a flag, written alike in both. */
export const variant: Shape = members({ id: "string", key: "string", "attachment?": "string" });

const segments: Shape = { listOf: members({ key: "string", matchType: "string", constraints }) };

const rule: Shape = members({
  "segments?": segments,
  segmentOperator: "string",
  distributions: {
    listOf: members({ variantKey: "string", rollout: "number", "variantAttachment?": "string" }),
  },
});

const rollout: Shape = members({
  "description?": "string",
  "threshold?": threshold,
  "segment?": members({ "segmentOperator?": "string", value: "boolean", segments }),
});

/** The most rules, and the most rollouts, that one flag may have. */
export const MAX_RULES = 10_000;

/** A flag. */
export const flag: Shape = members({
  key: "string",
  name: "string",
  "type?": "string",
  "description?": "string",
  enabled: "boolean",
  "rules?": { listOf: rule, most: MAX_RULES },
  "rollouts?": { listOf: rollout, most: MAX_RULES },
  "defaultVariant?": variant,
});

/** A document. */
export const document: Shape = members({
  namespace: members({ key: "string", "name?": "string" }),
  flags: { listOf: flag },
});

/**
 * From this many bytes on, a document or snapshot is read as `large.ts` does. Less is parsed within some
 * milliseconds, takes little memory, and has no flag with more segments, constraints or distributions than it may have.
 */
export const LARGE_BYTES: number = 1 << 20;

/** Whether a flag is a boolean flag; every other one is a variant flag. */
export function isBoolean(source: DocumentFlag): boolean {
  return source.type === "BOOLEAN_FLAG_TYPE";
}
