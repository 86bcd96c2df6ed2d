/**
 * The command line `flipt-ffi`: evaluates and inspects Flipt feature flags, on Deno, Bun and Node. Run this module, or
 * call `main`. Importing it has no side effects.
 *
 * @example
 * ```sh
 * deno run -A jsr:@flipt-ffi/client/cli evaluate dark-mode --entity user-1 --url http://localhost:8080
 * ```
 *
 * @module
 */

import { decoded } from "../core/decoded.ts";
import { isError } from "../core/errors.ts";
import process from "node:process";
import { hide } from "../src/sources/sent_secrets.ts";
import { version } from "../core/version.ts";
import { COMMANDS } from "./commands.ts";
import { cliMessage, exitCodeOf, Interruption, UsageError } from "./errors.ts";
import type { ExitCode } from "./exit_codes.ts";
import { exitCodes } from "./exit_codes.ts";
import { helpOn, overview, PROGRAM_NAME } from "./help.ts";
import type { Io, Output } from "./io.ts";
import { printable, printJson, printLine, style } from "./output.ts";
import type { Parsed } from "./parse.ts";
import { parse } from "./parse.ts";
import { systemIo } from "./system_io.ts";

export { exitCodes } from "./exit_codes.ts";
export type { ExitCode } from "./exit_codes.ts";
export type { Io, Output } from "./io.ts";

/**
 * Runs the command line.
 *
 * @param args The arguments after the program's name.
 * @param io The environment, input and output. @default those of the process
 * @returns the exit code. Never rejects: an error is printed to `io.stderr`.
 *
 * @example
 * ```ts
 * import { main } from "@flipt-ffi/client/cli";
 *
 * const status = await main(["evaluate", "--help"]);
 * console.assert(status === 0);
 * ```
 */
export async function main(args: readonly string[], io: Io = systemIo()): Promise<ExitCode> {
  // These two also apply to arguments that cannot be parsed.
  const fallback = new Set(["json", "debug"].filter((name) => args.includes(`--${name}`)));
  let parsed: Parsed | undefined;
  try {
    parsed = parse(args, COMMANDS, io.environment);
    return await dispatch(parsed, io);
  } catch (error) {
    printError(error, parsed?.common ?? fallback, secretsIn(args, io), io.stderr);
    return exitCodeOf(error);
  }
}

/**
 * Runs the command line with the arguments of this process and sets its exit code.
 * @returns a promise that resolves when the command has finished.
 */
export async function run(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2));
}

async function dispatch({ command, group, common, commandArguments }: Parsed, io: Io): Promise<ExitCode> {
  if (common.has("version")) {
    if (common.has("json")) printJson(io.stdout, { version });
    else printLine(io.stdout, `${PROGRAM_NAME} ${version}`);
    return exitCodes.ok;
  }
  if (common.has("help")) {
    io.stdout.write(
      command === undefined ? overview(io.stdout, COMMANDS, group) : helpOn(io.stdout, command),
    );
    return exitCodes.ok;
  }
  if (command === undefined) {
    io.stderr.write(overview(io.stderr, COMMANDS, group));
    return exitCodes.usage;
  }
  return await command.run(commandArguments(), io);
}

function printError(
  error: unknown,
  common: ReadonlySet<string>,
  secrets: readonly string[],
  output: Output,
): void {
  // The user interrupted it and needs no message.
  if (error instanceof Interruption) return;
  const clean = (text: string): string => secrets.reduce((rest, token) => hide(rest, { token }), text);
  const message = clean(cliMessage(error));
  if (common.has("json")) {
    const name = isError(error) ? error.name : "Error";
    printJson(output, { error: { name, message, exitCode: exitCodeOf(error) } }, true);
  } else {
    const [first = "", ...rest] = message.split("\n").map(printable);
    printLine(output, `${style(output, "red", `${PROGRAM_NAME}:`)} ${first}`);
    for (const line of rest) printLine(output, `  ${line}`);
    if (error instanceof UsageError && error.command !== undefined) {
      printLine(output, `Run ${PROGRAM_NAME} ${error.command} --help for its usage.`);
    }
  }
  if (common.has("debug")) printStack(error, clean, output);
}

/** Prints the stack of an error and of its causes. */
function printStack(error: unknown, clean: (text: string) => string, output: Output): void {
  for (let inner = error, depth = 0; isError(inner) && depth < 8; inner = inner.cause, depth++) {
    const stack = clean(inner.stack ?? `${inner.name}: ${inner.message}`);
    for (const line of stack.split("\n")) printLine(output, style(output, "dim", printable(line)));
  }
}

/**
 * Returns the secrets in the arguments and the environment. The client keeps tokens out of its own errors; these are
 * removed from all other messages.
 */
function secretsIn(args: readonly string[], { environment }: Io): string[] {
  const names = ["--token", "--jwt"];
  return [
    ...args.flatMap((argument, index) => {
      if (names.includes(argument)) return [args[index + 1] ?? ""];
      const name = names.find((each) => argument.startsWith(`${each}=`));
      return name === undefined ? [] : [argument.slice(name.length + 1)];
    }),
    ...passwordsOf(args, environment["FLIPT_RELAY_REDIS"]),
    environment["FLIPT_CLIENT_TOKEN"] ?? "",
    environment["FLIPT_JWT_TOKEN"] ?? "",
  ].filter((secret) => secret !== "");
}

/** Returns the passwords in URLs of Redis, as they are written there and as they are sent. */
function passwordsOf(args: readonly string[], variable: string | undefined): string[] {
  const urls = args.flatMap((argument, index) =>
    argument === "--redis"
      ? [args[index + 1] ?? ""]
      : argument.startsWith("--redis=")
      ? [argument.slice(8)]
      : []
  );
  return [...urls, variable ?? ""].flatMap((url) => {
    const password = URL.canParse(url) ? new URL(url).password : "";
    return password === "" ? [] : [password, decoded(password)];
  });
}

// In the bundle of another program this module is also part of the main module, but under another file name.
if (import.meta.main && /\/cli(\/mod)?\.[cm]?[jt]s$/.test(new URL(import.meta.url).pathname)) void run();
