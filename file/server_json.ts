// Values as Flipt's servers, which are written in Go, put them into a document: JSON as Go's encoders write it, and numbers
// and times as Go's YAML parser reads them.

import type { Node, ScalarNode } from "./tree.ts";

/** A style of JSON. */
export interface JsonStyle {
  /** Whether `&`, `<`, `>`, U+2028 and U+2029 are escaped. */
  readonly escapes: boolean;
  /** Whether integers are exact; otherwise all numbers are doubles. */
  readonly isExact: boolean;
}

/** encoding/json, for values from YAML: lists of constraints, attachments of default variants. */
export const ENCODED: JsonStyle = { escapes: true, isExact: true };
/** encoding/json, for values from JSON, in which all numbers are doubles. */
export const ENCODED_DOUBLES: JsonStyle = { escapes: true, isExact: false };
/** Protobuf's JSON, for the attachments of distributions in v2. */
export const PROTOBUF: JsonStyle = { escapes: false, isExact: false };

const LARGEST_UINT64 = 2n ** 64n - 1n;
const SMALLEST_INT64 = -(2n ** 63n);
const LARGEST_INT64 = 2n ** 63n - 1n;

/** Returns a value as JSON without whitespace, with sorted members. */
export function jsonOf(node: Node, style: JsonStyle): string {
  switch (node.kind) {
    case "scalar":
      return scalarJson(node, style);
    case "list":
      return `[${node.items.map((item) => jsonOf(item, style)).join(",")}]`;
    case "map": {
      const members = [...node.entries].sort((a, b) => compareCodePoints(a.key, b.key));
      return `{${
        members.map(({ key, value }) => `${stringJson(key, style)}:${jsonOf(value, style)}`).join(",")
      }}`;
    }
  }
}

function scalarJson(node: ScalarNode, style: JsonStyle): string {
  const { value } = node;
  if (typeof value === "string") return stringJson(value, style);
  if (typeof value !== "number") return JSON.stringify(value);
  const integer = integerOf(node);
  if (integer !== undefined && style.isExact && integer >= SMALLEST_INT64 && integer <= LARGEST_UINT64) {
    return String(integer);
  }
  // JSON.stringify drops the sign. An integer zero has none.
  if (integer === undefined && Object.is(value, -0)) return "-0";
  return JSON.stringify(integer === undefined ? value : Number(integer));
}

/** Returns a string as JSON. */
export function stringJson(value: string, { escapes }: JsonStyle): string {
  const json = JSON.stringify(value);
  if (!escapes) return json;
  return json.replace(
    /[&<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Returns the exact value of a number, or `undefined` when it has a fraction or exponent. */
export function integerOf({ source }: ScalarNode): bigint | undefined {
  const [, sign, digits] = /^([-+]?)(\d+|0[xX][\da-fA-F]+|0[bB][01]+|0o[0-7]+)$/.exec(source) ?? [];
  if (digits === undefined) return undefined;
  // A leading zero makes a number octal.
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return sign === "-" ? -magnitude : magnitude;
}

/** Returns whether an integer is in the range that servers accept in lists. */
export function isInRange(integer: bigint): boolean {
  return integer >= SMALLEST_INT64 && integer <= LARGEST_INT64;
}

/** Rounds to a 32-bit float. Returns its shortest decimal form, as a server writes percentages. */
export function float32(value: number): number {
  const rounded = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(rounded.toPrecision(digits));
    if (Math.fround(shorter) === rounded) return shorter;
  }
  return Number(rounded.toPrecision(9));
}

/** Parses an unquoted number as Go's YAML parser does, which also accepts `1_000`, `017` and `0b11`. */
export function parseGoNumber(
  plain: string,
): { readonly value: number; readonly source: string } | undefined {
  if (!/^[-+.\d]/.test(plain)) return undefined;
  const source = plain.replaceAll("_", "");
  if (/^[-+]?(?:0[bB][01]+|0[xX][\da-fA-F]+|0o[0-7]+)$/.test(source)) {
    const integer = integerOf({ kind: "scalar", value: 0, at: 0, source });
    return integer === undefined ? undefined : { value: Number(integer), source };
  }
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(source)) return undefined;
  const value = Number(source);
  return Number.isFinite(value) ? { value, source } : undefined;
}

const TIME =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(\.\d+)?)?$/;

/**
 * Returns the string that a server makes of an unquoted date or time in YAML, or `undefined` when it is neither. An offset
 * is written as on a server whose time zone is UTC.
 */
export function parseGoTime(plain: string): string | undefined {
  const found = TIME.exec(plain);
  if (found === null) return undefined;
  const [, year = "", month = "", day = ""] = found;
  const hour = found[4] ?? found[9] ?? "0";
  const minute = found[5] ?? found[10] ?? "0";
  const second = found[6] ?? found[11] ?? "0";
  const zone = found[8] ?? "Z";
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (digits: string): string => digits.padStart(2, "0");
  const fraction = (found[7] ?? found[12] ?? "").slice(0, 10).replace(/\.?0+$/, "");
  const offset = zone === "Z" ? "+0000 UTC" : `${zone.replace(":", "")} ${zone.replace(":", "")}`;
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${fraction} ${offset}`;
}

/** Compares by code points, which is the order of UTF-8 bytes but not of UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  const left = a.charCodeAt(i);
  const right = b.charCodeAt(i);
  // Surrogates encode the code points beyond all others.
  if (isSurrogate(left) !== isSurrogate(right)) return isSurrogate(left) ? 1 : -1;
  return left - right;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
