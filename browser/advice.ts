// Replaces src/evaluation/advice.ts and engines/rules/ignored_values.ts: in a page, errors have the words of the reference
// only, and nothing is warned of.

/** Gives the error as it is. */
export function withAdvice(error: unknown): unknown {
  return error;
}

export { ignoredValue } from "../engines/rules/ignored_values.ts";

/** Warns of nothing. */
export function noteIgnored(): void {}

/** Warns of nothing. */
export function noteMissingContext(): void {}

/** Gives no hint. */
export function requestHint(): string {
  return "";
}
