// Values of a property that tell how a constraint compares: some on each side of its bound, and those that a server and
// clients read differently. Lint looks among them for an example, compare asks about each.

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

/** How many elements of a list are tried. */
const MAX_ELEMENTS = 3;
/** The last second that four digits of a year can tell. */
const LAST_SECOND = 253_402_300_799;
const FIRST_SECOND = -62_167_219_200;

/** Values to compare with a constraint, each once, the plain ones first. `""` stands for an absent property. */
export function tellingValues(constraint: DocumentConstraint): string[] {
  const values = new Set(valuesOf(constraint));
  // Clients refuse an entity id without a character.
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

/** A number without an exponent, where it can be written so. */
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
