// The document that a Flipt server sends: its types, and how bytes become one that is known to be valid.

import { LARGE_BYTES, scan } from "./json_scan.ts";
import { checkLimits } from "./limits.ts";
import { checkShape, invalid, members, type Shape } from "./shape.ts";

/** The flag state of a namespace, as a server sends it. Members that are not named here may be there and mean nothing. */
export interface FlagDocument {
  /** The namespace. */
  readonly namespace: DocumentNamespace;
  /** The flags; where two have one key, the last counts. */
  readonly flags: readonly DocumentFlag[];
  /** What identifies this state, where the server says so (a string then). */
  readonly digest?: unknown;
}

/** The namespace of a document. */
export interface DocumentNamespace {
  /** The key of the namespace. */
  readonly key: string;
  /** What people call it. */
  readonly name?: string | null;
}

/** A flag of a document. */
export interface DocumentFlag {
  /** The key of the flag. */
  readonly key: string;
  /** What people call it. */
  readonly name: string;
  /** `BOOLEAN_FLAG_TYPE`; anything else, also nothing, is a variant flag. */
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
  /** The segments; where two have one key, the last counts. */
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

/** A rollout of a boolean flag: a threshold (which wins), or a segment, or nothing that applies. */
export interface DocumentRollout {
  /** What the rollout is for. */
  readonly description?: string | null;
  /** A share of all entities. */
  readonly threshold?: { readonly percentage: number; readonly value: boolean } | null;
  /** Entities whose segments match. */
  readonly segment?: DocumentRolloutSegment | null;
}

/** The segments of a rollout, and the value they give. */
export interface DocumentRolloutSegment {
  /** `AND_SEGMENT_OPERATOR`; anything else, also nothing, is OR. */
  readonly segmentOperator?: string | null;
  /** The value of the flag when the segments match. */
  readonly value: boolean;
  /** The segments; where two have one key, the last counts. */
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

const flag: Shape = members({
  key: "string",
  name: "string",
  "type?": "string",
  "description?": "string",
  enabled: "boolean",
  "rules?": { listOf: rule },
  "rollouts?": { listOf: rollout },
  "defaultVariant?": variant,
});

const document: Shape = members({
  namespace: members({ key: "string", "name?": "string" }),
  flags: { listOf: flag },
});

const head: Shape = members({ namespace: members({ key: "string", "name?": "string" }) });

/** A document may have this many bytes beside its flags, which are parsed in one piece. */
const MAX_HEAD_BYTES = 1 << 24;

/** Stands in the place of the flags when the rest of a document is parsed. No flag is a number. */
const MARK = 1;

/**
 * Reads a document.
 * @returns The parsed JSON itself, every member that matters checked.
 * @throws {DocumentError} when the bytes are not UTF-8, not JSON, or not a document; the message says where.
 */
export function parseDocument(bytes: Uint8Array): FlagDocument {
  const steps = documentSteps(bytes);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Reads a document as `parseDocument` does, in steps of some milliseconds each. */
export function* documentSteps(bytes: Uint8Array): Generator<void, FlagDocument, void> {
  const parts = bytes.length < LARGE_BYTES ? undefined : yield* scan(bytes, WHAT);
  const headLength = bytes.length - (parts === undefined ? 0 : parts.list.end - parts.list.start);
  if (headLength > MAX_HEAD_BYTES) {
    throw invalid(WHAT, `it has more than ${MAX_HEAD_BYTES} bytes beside its flags`);
  }
  if (parts === undefined) return wholeDocument(bytes);
  const { list, pieces } = parts;
  const headBytes = new Uint8Array(headLength + 1);
  headBytes.set(bytes.subarray(0, list.start));
  headBytes[list.start] = MARK + 0x30;
  headBytes.set(bytes.subarray(list.end), list.start + 1);
  const parsed = parseJson(headBytes, WHAT, bytes.length);
  checkShape(parsed.value, head, parsed.isWellFormed, WHAT);
  const { flags: marked, ...rest } = parsed.value as { flags: unknown; namespace: DocumentNamespace };
  // With a second member of that name, spelled otherwise, JSON.parse takes the last one.
  if (!Array.isArray(marked) || marked.length !== 1 || marked[0] !== MARK) return wholeDocument(bytes);
  const flags: DocumentFlag[] = [];
  for (const { start, end } of pieces) {
    yield;
    const piece = new Uint8Array(end - start + 2);
    piece[0] = "[".charCodeAt(0);
    piece.set(bytes.subarray(start, end), 1);
    piece[piece.length - 1] = "]".charCodeAt(0);
    const { value, isWellFormed } = parseJson(piece, WHAT, bytes.length, start);
    const some = value as DocumentFlag[];
    if (some.length === 0 && pieces.length > 1) {
      throw invalid(WHAT, `a comma without a flag at byte ${start}`);
    }
    for (const each of some) {
      checkShape(each, flag, isWellFormed, WHAT, ["flags", flags.length]);
      checkLimits(each, WHAT);
      flags.push(each);
    }
  }
  return { ...rest, flags };
}

/** What the bytes are called in messages. */
const WHAT = "document";

function wholeDocument(bytes: Uint8Array): FlagDocument {
  const whole = parseChecked(bytes, document, WHAT) as FlagDocument;
  for (const flag of whole.flags) checkLimits(flag, WHAT);
  return whole;
}

/**
 * Reads UTF-8 JSON of a given shape.
 * @param what What the bytes are called in messages.
 * @throws {DocumentError} when the bytes are not UTF-8, not JSON, or of another shape.
 */
export function parseChecked(bytes: Uint8Array, shape: Shape, what: string): unknown {
  const { value, isWellFormed } = parseJson(bytes, what, bytes.length);
  checkShape(value, shape, isWellFormed, what);
  return value;
}

/** @param start Where the bytes begin, in a whole of `length` bytes. */
function parseJson(
  bytes: Uint8Array,
  what: string,
  length: number,
  start = 0,
): { readonly value: unknown; readonly isWellFormed: boolean } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(what, "it is not UTF-8 text", { cause });
  }
  try {
    const value: unknown = JSON.parse(text);
    // Decoded UTF-8 holds no lone surrogate; only an escape can bring one in.
    return { value, isWellFormed: !/\\u[dD][89a-fA-F]/.test(text) };
  } catch (cause) {
    const where = start === 0 ? "" : `, in the part that begins at byte ${start}`;
    throw invalid(what, `${length} bytes that are not JSON (${messageOf(cause)}${where})`, { cause });
  }
}

function messageOf(cause: unknown): string {
  const { message } = cause as SyntaxError;
  // Some runtimes quote what they read, which can be long.
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}

/** Whether a flag is a boolean flag; every other one is a variant flag. */
export function isBoolean(source: DocumentFlag): boolean {
  return source.type === "BOOLEAN_FLAG_TYPE";
}
