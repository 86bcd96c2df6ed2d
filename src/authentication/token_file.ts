// Tokens in files that somebody else renews, as Kubernetes and secret managers do.

import { builtin } from "../../ffi/builtin_node.ts";
import { ensureFilePermission } from "../../ffi/permissions_deno.ts";
import { textProblem } from "../../core/describe.ts";
import { FliptError, ValidationError } from "../../core/errors.ts";
import { checkOptions, optional } from "../../core/option_checks.ts";
import { type AuthenticationProvider, tokenProblem } from "../options/authentication.ts";
import { kindProblem, type TokenKind } from "./token_kind.ts";

/** Options of `tokenFile`. */
export interface TokenFileOptions {
  /** How the token is sent. @default "clientToken" */
  readonly kind?: TokenKind;
}

/**
 * Authenticates by the token in a file, which is read again before each request. While the file cannot be read or is empty,
 * as in the middle of a renewal, the last token is used. Deno needs `--allow-read` for the file.
 *
 * @returns a function for the option `authentication`; it rejects with a `FliptError` when there has been no token yet.
 * @throws {ValidationError} if the path or an option is invalid.
 *
 * @example
 * ```ts
 * import { tokenFile } from "@flipt-ffi/client/auth";
 *
 * const authentication = tokenFile("/var/run/secrets/flipt/token", { kind: "jwtToken" });
 * console.assert(typeof authentication === "function");
 * ```
 */
export function tokenFile(
  path: string,
  options: TokenFileOptions = {},
): AuthenticationProvider {
  const problem = textProblem(path);
  if (problem !== undefined) throw new ValidationError(`the path of tokenFile() ${problem}`);
  checkOptions("tokenFile", options, { kind: optional(kindProblem) });
  const { kind = "clientToken" } = options;
  let last: string | undefined;
  return async () => {
    const token = await readToken(path).catch((error: unknown) => {
      if (last === undefined) throw error;
      return last;
    });
    last = token;
    return { [kind]: token };
  };
}

/**
 * Reads the token in a file.
 * @throws {FliptError} (rejects) when the file cannot be read, is empty, or holds no usable token.
 */
export async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    await ensureFilePermission("read", path);
    const { readFile } = await builtin("node:fs/promises");
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new FliptError(`the token file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const token = text.trim();
  if (token === "") throw new FliptError(`the token file ${path} is empty`);
  const problem = tokenProblem("token", token);
  if (problem !== undefined) throw new FliptError(`the token file ${path} ${problem}`);
  return token;
}
