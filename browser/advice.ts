// Replaces core/closest_string.ts, src/evaluation/advice.ts, src/options/option_hints.ts, src/sync/failed_attempts.ts and
// engines/rules/ignored_values.ts: in a page, errors say what is wrong and not what was probably meant, and nothing is
// warned of.

import { FetchError } from "../core/errors.ts";

/** Adds to an error how many attempts were made. */
export function countAttempts(error: unknown, attempts: number): void {
  if (error instanceof FetchError) Object.assign(error, { attempts });
}

/** Finds none. */
export function closestString(): undefined {}

/** Warns of nothing. */
export function noteRetry(): void {}

/** Gives the error as it is. */
export function withAdvice(error: unknown): unknown {
  return error;
}

export { ignoredValue } from "../engines/rules/ignored_values.ts";

/** Warns of nothing. */
export function noteIgnored(): void {}

/** There is nothing to write. */
export function warnOfIgnoredBy(): void {}

/** Warns of nothing. */
export function noteMissingContext(): void {}

/** Warns of nothing. */
export function noteUnusable(): void {}

/** Gives the message as it is: the console of a page takes no harm. */
export function loggable(message: string | undefined): string | undefined {
  return message;
}

function noHint(): string {
  return "";
}

export {
  noHint as alternativeHint,
  noHint as contextHint,
  noHint as credentialsHint,
  noHint as meantHint,
  noHint as requestHint,
  noHint as schemaHint,
  noHint as schemeHint,
  noHint as sizeHint,
  noHint as tokenHint,
};
