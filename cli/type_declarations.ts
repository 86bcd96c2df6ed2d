// Writes the TypeScript that declares a namespace's flags, for `FliptClient.init<Flags>()`. Text in, text out: reads and
// writes no file.

import { decodeSnapshot } from "../engines/snapshot.ts";
import type { DocumentFlag, FlagDocument } from "../engines/document.ts";
import type { FlagType } from "../core/types.ts";

/** A flag, and the variants that it can give. */
export interface FlagWithVariants {
  /** The key of the flag. */
  readonly key: string;
  /** The type of the flag. */
  readonly type: FlagType;
  /** What the flag is for. */
  readonly description?: string;
  /** The keys of its variants, in any order; none for a boolean flag. */
  readonly variants: readonly string[];
}

/** How the declaration is written. */
export interface FlagTypesOptions {
  /** The namespace of the flags, for the comments. */
  readonly namespace: string;
  /** The name of the interface. @default "Flags" */
  readonly typeName?: string;
  /** The command that writes the file anew, for its first line. @default none */
  readonly command?: string;
}

/**
 * The flags of what `getSnapshot()` gives, and the variants that each can give: the default variant and those of its
 * rules. A variant that no rule gives is in no document.
 * @throws {DocumentError} when the text is no snapshot of `namespace`.
 */
export function flagsOfSnapshot(snapshot: string, namespace: string): FlagWithVariants[] {
  return flagsOfDocument(decodeSnapshot(snapshot, namespace));
}

/** The flags of a document, as `flagsOfSnapshot` gives them. */
export function flagsOfDocument(document: FlagDocument): FlagWithVariants[] {
  const flags = new Map<string, FlagWithVariants>();
  for (const flag of document.flags) flags.set(flag.key, withVariants(flag));
  return [...flags.values()];
}

/**
 * The declaration of flags as TypeScript: the same text for the same flags, whatever their order.
 * @throws {RangeError} when `typeName` is no name of a type.
 */
export function flagTypes(flags: readonly FlagWithVariants[], options: FlagTypesOptions): string {
  const { namespace, typeName = "Flags", command } = options;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(typeName)) {
    throw new RangeError(`${literal(typeName)} is no name of a type: give one such as Flags`);
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
  // A flag without any gives "", which its answers have in any case.
  return `{ type: "variant"; variants: ${keys.length === 0 ? "never" : keys.join(" | ")} }`;
}

/** By UTF-16 units, which is the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A key as the name of a member: without quotes where it can be. */
function memberName(key: string): string {
  return key !== "__proto__" && /^[A-Za-z$_][\w$]*$/.test(key) ? key : literal(key);
}

/** A string literal on one line, without anything that an editor shows as something else. */
function literal(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, escaped);
}

/** A comment for documentation, of as many lines as the text has; none for a blank text. */
function comment(text: string, indent: string): string[] {
  const lines = text.trim().split(/\r\n|[\n\r\u2028\u2029]/).map((line) => inLine(line).trimEnd());
  if (text.trim() === "") return [];
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** Text inside a line of a comment, which it cannot end, and where it starts no tag. */
function inLine(text: string): string {
  return text.replace(/\*\//g, "*\\/").replace(/^(\s*)@/, "$1\\@").replace(/\{@/g, "{\\@")
    .replace(UNSEEN, escaped).replace(CONTROL, " ");
}

// Changes of direction, line separators, and the controls beyond ASCII.
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
