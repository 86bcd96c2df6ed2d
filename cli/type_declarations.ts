// Generates the TypeScript declaration of a namespace's flags, for `FliptClient.init<Flags>()`. Does not access files.

import { decodeSnapshot } from "../engines/snapshot_reading.ts";
import type { DocumentFlag, FlagDocument } from "../engines/document.ts";
import type { FlagType } from "../core/types.ts";
import { unicodeEscape } from "./output.ts";

/** A flag and its possible variants. */
export interface FlagWithVariants {
  /** The key of the flag. */
  readonly key: string;
  /** The type of the flag. */
  readonly type: FlagType;
  /** The description of the flag. */
  readonly description?: string;
  /** The keys of its variants, in any order; none for a boolean flag. */
  readonly variants: readonly string[];
}

/** Options of `flagTypes`. */
export interface FlagTypesOptions {
  /** The namespace of the flags, for the comments. */
  readonly namespace: string;
  /** The name of the interface. @default "Flags" */
  readonly typeName?: string;
  /** The command that regenerates the file, for its first line. @default none */
  readonly command?: string;
}

/**
 * Returns the flags in a snapshot from `getSnapshot()` with their variants: the default variant and those in rules. The
 * document does not contain other variants.
 * @throws {DocumentError} when the text is not a snapshot of `namespace`.
 */
export function flagsOfSnapshot(snapshot: string, namespace: string): FlagWithVariants[] {
  return flagsOfDocument(decodeSnapshot(snapshot, namespace));
}

/** Returns the flags in a document, like `flagsOfSnapshot`. */
export function flagsOfDocument(document: FlagDocument): FlagWithVariants[] {
  const flags = new Map<string, FlagWithVariants>();
  for (const flag of document.flags) flags.set(flag.key, withVariants(flag));
  return [...flags.values()];
}

/**
 * Returns the declaration of flags as TypeScript. The text does not depend on their order.
 * @throws {RangeError} when `typeName` is not a valid type name.
 */
export function flagTypes(flags: readonly FlagWithVariants[], options: FlagTypesOptions): string {
  const { namespace, typeName = "Flags", command } = options;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(typeName)) {
    throw new RangeError(`${literal(typeName)} is not a valid type name: use one such as Flags`);
  }
  const by = command === undefined ? "" : ` by ${inLine(command)}`;
  const sorted = flags.toSorted((a, b) => compare(a.key, b.key));
  return [
    `// Generated${by} from the flags of the namespace ${literal(namespace)}: changes here are lost.`,
    "",
    ...comment(`The flags of the namespace ${literal(namespace)}.`, ""),
    `export interface ${typeName} {`,
    ...sorted.flatMap((flag) => [
      ...comment(flag.description ?? "", "  "),
      `  ${memberName(flag.key)}: ${declaration(flag)};`,
    ]),
    "}",
    "",
  ].join("\n");
}

function withVariants(flag: DocumentFlag): FlagWithVariants {
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const variants = new Set<string>();
  if (!isBoolean) {
    if (flag.defaultVariant) variants.add(flag.defaultVariant.key);
    for (const { distributions } of flag.rules ?? []) {
      for (const { variantKey } of distributions) variants.add(variantKey);
    }
  }
  return {
    key: flag.key,
    type: isBoolean ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE",
    ...(typeof flag.description === "string" ? { description: flag.description } : {}),
    variants: [...variants],
  };
}

function declaration({ type, variants }: FlagWithVariants): string {
  if (type === "BOOLEAN_FLAG_TYPE") return `{ type: "boolean" }`;
  const keys = [...new Set(variants)].sort(compare).map(literal);
  // A flag without variants evaluates to "", which is part of every answer's type.
  return `{ type: "variant"; variants: ${keys.length === 0 ? "never" : keys.join(" | ")} }`;
}

/** Compares by UTF-16 units, so that the order does not depend on the machine's locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns a key as a member name, quoted only if necessary. */
function memberName(key: string): string {
  return key !== "__proto__" && /^[A-Za-z$_][\w$]*$/.test(key) ? key : literal(key);
}

/** Returns a string literal, with characters unicodeEscape that an editor would hide or reorder. */
function literal(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, unicodeEscape);
}

/** Returns the lines of a doc comment; none for a blank text. */
function comment(text: string, indent: string): string[] {
  const lines = text.trim().split(/\r\n|[\n\r\u2028\u2029]/).map((line) => inLine(line).trimEnd());
  if (text.trim() === "") return [];
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** Returns text for one line of a comment. It can neither end the comment nor begin a tag. */
function inLine(text: string): string {
  return text.replace(/\*\//g, "*\\/").replace(/^(\s*)@/, "$1\\@").replace(/\{@/g, "{\\@")
    .replace(UNSEEN, unicodeEscape).replace(CONTROL, " ");
}

// Bidirectional controls, line separators, and control characters beyond ASCII.
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f]/g;
