// Tokens of a program that runs for long: read again where they are, since somebody else renews them.

import { exec } from "node:child_process";
import { FliptError } from "../core/errors.ts";
import { CachedToken } from "../src/authentication/cached_token.ts";
import { tokenFile } from "../src/authentication/token_file.ts";
import type { TokenKind } from "../src/authentication/token_kind.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "../src/options/authentication.ts";
import type { CommandArguments } from "./command_arguments.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { OptionDefinition } from "./option_definition.ts";
import { authentication } from "./server_options.ts";

/** The option for a command that prints a token. */
export const TOKEN_COMMAND_OPTION: OptionDefinition = {
  type: "text",
  value: "COMMAND",
  summary:
    "a command that prints a client token; it is run again when the server rejects the token, and every " +
    "five minutes",
};

const FILES: Readonly<Record<string, TokenKind>> = { "token-file": "clientToken", "jwt-file": "jwtToken" };
/** How long a token of a command is used. */
const LIFETIME_MS = 300_000;
/** How long a command may take. */
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * Returns the token, or what gives it: that of a file is read before each request, that of a command when it is needed.
 * @throws {UsageError} (rejects) when several are given, or a token file is empty.
 */
export async function renewedAuthentication(
  args: CommandArguments,
  io: Io,
): Promise<AuthenticationStrategy | AuthenticationProvider | undefined> {
  const command = args.text("token-command");
  if (command !== undefined) {
    const other = ["token", "token-file", "jwt", "jwt-file"].find((name) => args.isGiven(name));
    if (other !== undefined) {
      throw new UsageError(`--token-command and --${other} cannot be combined: give one of them`);
    }
    return tokenCommand(command);
  }
  // Says what is wrong with the options, and that a file cannot be read.
  const strategy = await authentication(args, io);
  for (const [name, kind] of Object.entries(FILES)) {
    const file = args.text(name);
    if (file !== undefined && file !== "-") return tokenFile(file, { kind });
  }
  return strategy;
}

/** Authenticates by the token that a command prints. */
export function tokenCommand(command: string, now: () => number = Date.now): AuthenticationProvider {
  const token = new CachedToken(async () => {
    const printed = await output(command);
    return { token: printed, expiresAt: now() + LIFETIME_MS };
  }, now);
  return async (request) => ({ clientToken: await token.get(request) });
}

/** Returns what a command prints, without white space around it. Its error has nothing of the output in it. */
async function output(command: string): Promise<string> {
  const text = await new Promise<string>((resolve, reject) => {
    exec(command, { timeout: COMMAND_TIMEOUT_MS, encoding: "utf8" }, (error, stdout) => {
      if (error === null) return resolve(stdout.trim());
      const how = error.killed ? `took more than ${COMMAND_TIMEOUT_MS / 1000} s` : `ended with ${error.code}`;
      reject(new FliptError(`the command of --token-command ${how}`));
    });
  });
  if (text === "") throw new FliptError("the command of --token-command printed no token");
  return text;
}
