/**
 * The command line `flipt-ffi`: evaluates Flipt feature flags and looks into them, on Deno, Bun and Node. Run this
 * module, or call `main`. Importing it does nothing.
 *
 * @example
 * ```sh
 * deno run -A jsr:@flipt-ffi/client/cli evaluate dark-mode --entity user-1 --url http://localhost:8080
 * ```
 *
 * @module
 */

import process from "node:process";
import { hide } from "../src/sources/response.ts";
import { version } from "../core/version.ts";
import { commands } from "./commands.ts";
import { exitCodeOf, Interruption, messageOf, UsageError } from "./errors.ts";
import type { ExitCode } from "./exit_codes.ts";
import { exitCodes } from "./exit_codes.ts";
import { helpOn, overview, programName } from "./help.ts";
import type { Io, Output } from "./io.ts";
import { printable, say, sayJson, style } from "./output.ts";
import type { Parsed } from "./parse.ts";
import { parse } from "./parse.ts";
import { systemIo } from "./system_io.ts";

export { exitCodes } from "./exit_codes.ts";
export type { ExitCode } from "./exit_codes.ts";
export type { Io, Output } from "./io.ts";

/**
 * Does what was typed.
 *
 * @param args what was typed after the program's name.
 * @param io where input comes from and output goes to. @default the process
 * @returns the status to end with; it never rejects.
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
  // Should there be no telling what was typed, these two are still looked for.
  const fallback = new Set(["json", "debug"].filter((name) => args.includes(`--${name}`)));
  let parsed: Parsed | undefined;
  try {
    parsed = parse(args, commands, io.environment);
    return await dispatch(parsed, io);
  } catch (error) {
    tell(error, parsed?.common ?? fallback, secretsIn(args, io), io.stderr);
    return exitCodeOf(error);
  }
}

/**
 * Runs the command line of this process and sets its exit status.
 * @returns when it is done.
 */
export async function run(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2));
}

async function dispatch({ command, group, common, given }: Parsed, io: Io): Promise<ExitCode> {
  if (common.has("version")) {
    if (common.has("json")) sayJson(io.stdout, { version });
    else say(io.stdout, `${programName} ${version}`);
    return exitCodes.ok;
  }
  if (common.has("help")) {
    io.stdout.write(
      command === undefined ? overview(io.stdout, commands, group) : helpOn(io.stdout, command),
    );
    return exitCodes.ok;
  }
  if (command === undefined) {
    io.stderr.write(overview(io.stderr, commands, group));
    return exitCodes.usage;
  }
  return await command.run(given(), io);
}

function tell(error: unknown, common: ReadonlySet<string>, secrets: readonly string[], output: Output): void {
  // Who interrupts knows that it was interrupted.
  if (error instanceof Interruption) return;
  const clean = (text: string): string => secrets.reduce((rest, secret) => hide(rest, secret), text);
  const message = clean(messageOf(error));
  if (common.has("json")) {
    const name = error instanceof Error ? error.name : "Error";
    sayJson(output, { error: { name, message, exitCode: exitCodeOf(error) } }, true);
  } else {
    const [first = "", ...rest] = message.split("\n").map(printable);
    say(output, `${style(output, "red", `${programName}:`)} ${first}`);
    for (const line of rest) say(output, `  ${line}`);
    if (error instanceof UsageError && error.command !== undefined) {
      say(output, `${programName} ${error.command} --help says how it is used.`);
    }
  }
  if (common.has("debug")) sayStack(error, clean, output);
}

/** The stack of an error and of all that led to it. */
function sayStack(error: unknown, clean: (text: string) => string, output: Output): void {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; inner = inner.cause, depth++) {
    const stack = clean(inner.stack ?? `${inner.name}: ${inner.message}`);
    for (const line of stack.split("\n")) say(output, style(output, "dim", printable(line)));
  }
}

/** What must not be shown, wherever it turns up. The client keeps tokens out of its errors; this is for all else. */
function secretsIn(args: readonly string[], { environment }: Io): string[] {
  const names = ["--token", "--jwt"];
  return [
    ...args.flatMap((argument, index) => {
      if (names.includes(argument)) return [args[index + 1] ?? ""];
      const name = names.find((each) => argument.startsWith(`${each}=`));
      return name === undefined ? [] : [argument.slice(name.length + 1)];
    }),
    environment["FLIPT_CLIENT_TOKEN"] ?? "",
    environment["FLIPT_JWT_TOKEN"] ?? "",
  ].filter((secret) => secret !== "");
}

// A bundle of another program that has this module in it is the main module, too, under another name.
if (import.meta.main && /\/cli(\/mod)?\.[cm]?[jt]s$/.test(new URL(import.meta.url).pathname)) void run();
