// Checks the options of a function: that they are an object, have known names, and each is what it must be.

import { isRecord, textProblem } from "./describe.ts";
import { ValidationError } from "./errors.ts";
import { checkOptionNames, noOptions } from "./option_names.ts";

/** What an option must be: gives what is wrong, worded to follow its name, or `undefined`. */
export type OptionCheck = (value: unknown) => string | undefined;

/** Whoever has a check for each option has one for each name. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck };

/**
 * Makes sure that options are usable. One that is `undefined` counts as absent.
 * @param name The name of the function.
 * @throws {ValidationError} when they are not.
 */
export function checkOptions<Options extends object>(
  name: string,
  options: Options | undefined,
  checks: OptionChecks<Options>,
): void {
  if (!isRecord(options)) throw noOptions(`${name}()`, options);
  checkOptionNames(`${name}()`, options, checks);
  for (const [option, check] of Object.entries<OptionCheck>(checks)) {
    const problem = check(options[option]);
    if (problem !== undefined) throw new ValidationError(`${option} of ${name}() ${problem}`);
  }
}

/** An option that may be absent. */
export function optional(check: OptionCheck): OptionCheck {
  return (value) => value === undefined ? undefined : check(value);
}

/** The URL of a server, whose password would be in messages about it. */
export function serverUrlProblem(value: unknown): string | undefined {
  const problem = textProblem(value);
  if (problem !== undefined) return problem;
  const given = (value as string).trim();
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    return "must be a URL that starts with http:// or https://";
  }
  return parsed.username === "" && parsed.password === ""
    ? undefined
    : "must not have a user name or password in it";
}
