// Warns of values of a context that no constraint can compare: whoever gave them expects that one does.

import { describe, quote, tagOf } from "../../core/describe.ts";
import type { Warn } from "../../core/user_callbacks.ts";

/** How many properties are warned of: their names may come from users. */
const MAX_WARNINGS = 20;

const warned = new Set<string>();

let warn: Warn = (line) => console.warn(line);

/** Has the warnings written by somebody: by the client of the thread that was made last, which may have a logger. */
export function warnOfIgnoredBy(writer: Warn): void {
  warn = writer;
}

/** Warns that a value counts as absent, once a property. */
export function noteIgnored(property: string, value: unknown): void {
  if (warned.has(property) || warned.size >= MAX_WARNINGS) return;
  warned.add(property);
  warn(
    `flipt: in the context, ${
      ignoredValue(property, value)
    }: constraints compare strings, numbers and booleans`,
  );
}

/** What a value is that counts as absent, in a sentence about `property`. */
export function ignoredValue(property: string, value: unknown): string {
  const what = tagOf(value) === "Date"
    ? "a Date (give its toISOString())"
    : typeof value === "number"
    ? String(value)
    : describe(value);
  return `${quote(property)} is ${what}, which counts as absent`;
}
