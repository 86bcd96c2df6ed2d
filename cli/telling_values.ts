// Test values for a constraint: values on each side of its bound, and values that servers and clients parse
// differently. Lint looks for an example among them, compare evaluates with each.

import type { DocumentConstraint } from "../engines/document.ts";
import { parseIntegers, parseStrings } from "../engines/rules/lists.ts";
import {
  parseServerFloats,
  parseServerNumber,
  parseServerStrings,
  parseServerTime,
} from "../engines/rules/server_values.ts";
import { parseTime } from "../engines/rules/times.ts";
import { readAs } from "../src/evaluation/explain/constraint.ts";

/** The maximum number of list elements among the values. */
const MAX_ELEMENTS = 3;
/** The last second of the year 9999, in seconds since 1970. */
const LAST_SECOND = 253_402_300_799;
/** The first second of the year 0, in seconds since 1970. */
const FIRST_SECOND = -62_167_219_200;

/** Returns distinct values to compare with a constraint, simple ones first. `""` is an absent property. */
export function tellingValues(constraint: DocumentConstraint): string[] {
  const values = new Set(valuesOf(constraint));
  // Clients reject a blank entity ID.
  if (readAs(constraint) === "entity") return [...values].filter((value) => value.trim() !== "");
  return [...values.add("").add(" ")];
}

function valuesOf(constraint: DocumentConstraint): string[] {
  const { operator } = constraint;
  const isList = operator === "isoneof" || operator === "isnotoneof";
  switch (readAs(constraint)) {
    case "string":
    case "entity":
      return isList ? textsOfList(constraint) : texts(constraint);
    case "number":
      return isList ? numbersOfList(constraint) : numbers(parseServerNumber(constraint.value) ?? 1);
    case "boolean":
      return ["true", "false", "1", "0", "T", "FALSE", "yes"];
    case "time":
      return times(constraint);
    case "unknown":
      return ["x"];
  }
}

function texts({ operator, value }: DocumentConstraint): string[] {
  const around = operator === "suffix" ? [`x${value}`, `${value} `] : [`${value}x`, ` ${value}`];
  return [value, ...around, `x${value}x`, "x"];
}

function textsOfList({ value }: DocumentConstraint): string[] {
  const elements = [...parseServerStrings(value) ?? [], ...parseStrings(value) ?? []];
  return [...elements.slice(0, MAX_ELEMENTS), "x", ...elements.slice(0, 1).map((element) => `${element}x`)];
}

function numbers(bound: number): string[] {
  if (!Number.isFinite(bound)) return ["0", "1", "1.5"];
  const whole = Math.floor(bound);
  const plain = [whole + 1, whole, whole - 1].map(decimal);
  return [...plain, decimal(bound), `${decimal(whole)}.0`, decimal(whole + 0.5), decimal(whole - 0.5), "x"];
}

function numbersOfList({ value }: DocumentConstraint): string[] {
  const elements = [...parseServerFloats(value) ?? [], ...parseIntegers(value) ?? []].filter(Number.isFinite);
  const first = elements[0] ?? 1;
  const beyond = Math.max(0, ...elements.slice(0, 1000)) + 1;
  return [
    ...elements.slice(0, MAX_ELEMENTS).map(decimal),
    decimal(beyond),
    `${decimal(first)}.0`,
    "0.5",
    "x",
  ];
}

/** Returns a number as text, without an exponent if possible. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(0) : String(value);
}

function times({ value }: DocumentConstraint): string[] {
  const read = parseTime(value);
  const seconds = Number.isNaN(read) ? parseServerTime(value)?.seconds ?? 1_704_067_200 : read;
  const near = [1, 0, -1].map((offset) => timeText(seconds + offset));
  const fraction = timeText(seconds).replace("Z", ".5Z");
  const dates = [86_400, 0, -86_400].map((offset) => timeText(seconds + offset).slice(0, 10));
  return [...near, value, fraction, ...dates, "x"];
}

function timeText(seconds: number): string {
  const within = Math.min(Math.max(seconds, FIRST_SECOND), LAST_SECOND);
  return new Date(within * 1000).toISOString().replace(".000Z", "Z");
}
