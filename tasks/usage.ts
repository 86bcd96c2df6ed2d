// The command lines of the tasks: --help prints how a task is used, and what a task does not know ends it with exit
// code 2 and a line that says so, not with a trace.

import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The options of a task, as `parseArgs` wants them. */
type Options = NonNullable<ParseArgsConfig["options"]>;

/** What stands on a task's command line. */
type Arguments<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/**
 * Reads the command line; ends the process after --help, and where something is unknown.
 * @param usage What --help prints; the first line is `usage: deno task …`.
 * @param most How many words may stand beside the options.
 */
export function taskArguments<const O extends Options>(
  usage: string,
  options: O = {} as O,
  most = 0,
): Arguments<O> {
  try {
    const parsed = parseArgs({
      // A task runner may hand over the "--" that stands before the options.
      args: process.argv.slice(2).filter((argument) => argument !== "--"),
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if ((parsed.values as { help?: boolean }).help) {
      console.log(usage);
      process.exit(0);
    }
    const surplus = parsed.positionals[most];
    if (surplus !== undefined) endWithUsage(usage, `unexpected argument '${surplus}'`);
    return parsed as Arguments<O>;
  } catch (error) {
    // Node goes on to say how else it could have been meant.
    return endWithUsage(usage, (error as Error).message.replace(/\. To specify .*/s, ""));
  }
}

/** Ends the process with exit code 2, after saying what is wrong with the command line. */
export function endWithUsage(usage: string, problem: string): never {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}
