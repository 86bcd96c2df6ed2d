// Checks what a function is called with, where a mistake would otherwise come out in the runtime's words, or only when a
// request is served.

import { mustBe } from "./describe.ts";
import { ValidationError } from "./errors.ts";

/**
 * @param argument What the argument is called, such as `client of health()`.
 * @param problem What is wrong with it, worded to follow its name; `undefined` when nothing is.
 * @throws {ValidationError} when something is wrong.
 */
export function checkArgument(argument: string, problem: string | undefined): void {
  if (problem !== undefined) throw new ValidationError(`${argument} ${problem}`);
}

/** What is wrong with a value that is no function, worded to follow its name. */
export function functionProblem(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : mustBe("a function", value);
}
