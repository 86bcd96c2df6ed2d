// How a Flipt server's own evaluation API reads the texts that constraints compare: numbers, times, booleans, lists and
// blanks as Go's standard library reads them, which is not how any client does. Nothing here evaluates a flag.

import { parseTime } from "./times.ts";

/** A time as the server compares it. */
export interface ServerTime {
  /** Whole seconds since 1970, rounded down. */
  readonly seconds: number;
  /** The nanoseconds after them. */
  readonly nanos: number;
}

const DECIMAL = /^[-+]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?$/;
const HEXADECIMAL =
  /^([-+]?)0[xX](?=[_.]?[\da-fA-F])((?:_?[\da-fA-F])*)(?:\.((?:[\da-fA-F](?:_?[\da-fA-F])*)?))?[pP]([-+]?\d(?:_?\d)*)$/;
const INFINITE = /^([-+]?)inf(?:inity)?$/i;
const TIME =
  /^(\d{4}-\d\d-\d\d)T(\d{1,2}):([0-5]\d):([0-5]\d)(?:[.,](\d+))?(?:Z|([-+])([01]\d|2[0-4]):([0-5]\d|60))$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
// What Unicode calls white space, which a byte order mark is not.
const BLANK = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const EDGES = new RegExp(`^${BLANK}|${BLANK}$`, "g");

/** A 64-bit float: decimal or hexadecimal, with underscores between digits, an infinity or NaN; `undefined` for any other text. */
export function parseServerNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return finite(Number(text.replaceAll("_", "")));
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const [, sign, whole = "", fraction = "", power = ""] =
    HEXADECIMAL.exec(text)?.map((part) => part?.replaceAll("_", "")) ?? [];
  if (sign === undefined) return undefined;
  // Two steps, since 2 to the power of -1080 is 0 by itself.
  const exponent = Number(power) - 4 * fraction.length;
  const half = Math.trunc(exponent / 2);
  const value = Number(BigInt(`0x0${whole}${fraction}`)) * 2 ** half * 2 ** (exponent - half);
  return finite(sign === "-" ? -value : value);
}

/** A value beyond the range is refused, and not taken as infinite. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** An RFC 3339 time with nanoseconds, or a date alone, which means midnight UTC; `undefined` for any other text. */
export function parseServerTime(text: string): ServerTime | undefined {
  if (DATE.test(text)) return timeOf(parseTime(`${text}T00:00:00Z`), 0);
  const [, date = "", hour = "", minute = "", second = "", fraction = "", sign, hours, minutes] =
    TIME.exec(text) ?? [];
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === "+" ? 60 : -60);
  const local = parseTime(`${date}T${hour.padStart(2, "0")}:${minute}:${second}Z`);
  return timeOf(local - offset, Number(fraction.slice(0, 9).padEnd(9, "0")));
}

function timeOf(seconds: number, nanos: number): ServerTime | undefined {
  return Number.isNaN(seconds) ? undefined : { seconds, nanos };
}

/** Negative, 0 or positive, as the first time is before, the same as or after the second. */
export function compareServerTimes(a: ServerTime, b: ServerTime): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((word) => [word, false] as const),
]);

/** A boolean; `undefined` for any other text. */
export function parseServerBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text);
}

/** A JSON list of strings in which `null` is `""`; `undefined` for any other text. */
export function parseServerStrings(text: string): string[] | undefined {
  return parseList(text, (element) => typeof element === "string" ? element.toWellFormed() : undefined, "");
}

/** A JSON list of numbers in which `null` is 0; `undefined` for any other text. */
export function parseServerFloats(text: string): number[] | undefined {
  return parseList(text, (element) => typeof element === "number" ? finite(element) : undefined, 0);
}

/** `null` in place of the whole list is an empty one. */
function parseList<T>(text: string, read: (element: unknown) => T | undefined, absent: T): T[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (list === null) return [];
  if (!Array.isArray(list)) return undefined;
  const values = list.map((element: unknown) => element === null ? absent : read(element));
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The text without the white space around it. */
export function trimAsServer(text: string): string {
  return text.replace(EDGES, "");
}
