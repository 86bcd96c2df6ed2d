// Replaces src/from_environment.ts where there are no variables of an environment.

import { ValidationError } from "../core/errors.ts";

/** @throws {ValidationError} (rejects) always. */
export function optionsFromEnvironment(): Promise<never> {
  const problem = "there are no environment variables in browsers: give FliptClient.init() the options";
  return Promise.reject(new ValidationError(problem));
}
