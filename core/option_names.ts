// Refuses options that a function does not have, so that a misspelt one is never ignored.

import { meantHint } from "./closest_string.ts";
import { describe, isObject, quote } from "./describe.ts";
import { ValidationError } from "./errors.ts";

/** The names of the options of a type, each once. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

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
  if (!isObject(options)) {
    throw new ValidationError(`${owner} takes an object of options, but was given ${describe(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    throw new ValidationError(
      `unknown option ${quote(name)} of ${owner}${meantHint(name, Object.keys(names))}`,
    );
  }
}
