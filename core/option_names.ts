// Refuses options that a function does not have, so that a misspelt one is never ignored.

import { meantHint } from "./closest_string.ts";
import { describe, isObject, quote } from "./describe.ts";
import { ValidationError } from "./errors.ts";

/** The names of the options of a type, each once; what stands beside a name does not matter. */
export type OptionNames<Options> = Readonly<Record<keyof Options, unknown>>;

/**
 * Checks that options are an object without other members.
 * @param owner The function that takes them, such as `redisSource()`.
 * @throws {ValidationError} when they are not; it says which option was probably meant.
 */
export function checkOptionNames<Options>(
  owner: string,
  options: unknown,
  names: OptionNames<Options>,
): void {
  if (!isObject(options)) throw noOptions(owner, options);
  const known = Object.keys(names);
  const unknown = unknownOption(options, known);
  if (unknown === undefined) return;
  throw new ValidationError(`unknown option ${quote(unknown)} of ${owner}${meantHint(unknown, known)}`);
}

/** The first option that is given and not known; one that is `undefined` counts as absent. */
function unknownOption(options: object, known: readonly string[]): string | undefined {
  return Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name))?.[0];
}

/** The error for what is given in the place of the options of `owner`. */
export function noOptions(owner: string, given: unknown): ValidationError {
  return new ValidationError(`${owner} takes an object of options, but was given ${describe(given)}`);
}
