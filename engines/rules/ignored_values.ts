// Warns of values of a context that no constraint can compare: whoever gave them expects that one does.

import { describe, quote, tagOf } from "../../core/describe.ts";

/** How many properties are warned of: their names may come from users. */
const MAX_WARNINGS = 20;

const warned = new Set<string>();

/** Warns that a value counts as absent, once a property. */
export function noteIgnored(property: string, value: unknown): void {
  if (warned.has(property) || warned.size >= MAX_WARNINGS) return;
  warned.add(property);
  console.warn(
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
