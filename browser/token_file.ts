// Replaces src/authentication/token_file.ts where there is no file system, so that code which imports it still loads.

import { FliptError } from "../core/errors.ts";
import type { AuthenticationProvider } from "../src/options/authentication.ts";

/** Returns what fails before each request. */
export function tokenFile(path: string): AuthenticationProvider {
  return async () => ({ clientToken: await readToken(path) });
}

/** @throws {FliptError} (rejects) always. */
export function readToken(path: string): Promise<string> {
  const problem = `the token file ${path} cannot be read: there is no file system here`;
  return Promise.reject(new FliptError(problem));
}
