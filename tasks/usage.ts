// The command lines of the tasks: --help prints the usage, and an invalid command line exits with code 2 and a message
// instead of a stack.

import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The options of a task, for `parseArgs`. */
type Options = NonNullable<ParseArgsConfig["options"]>;

/** The parsed command line of a task. */
type Arguments<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/**
 * Parses the command line. Exits after --help, and when an argument is unknown.
 * @param usage The text for --help, whose first line is `usage: deno task …`.
 * @param maxPositionals The maximum number of positional arguments.
 */
export function taskArguments<const O extends Options>(
  usage: string,
  options: O = {} as O,
  maxPositionals = 0,
): Arguments<O> {
  try {
    const parsed = parseArgs({
      // Some task runners pass on the "--" before the options.
      args: process.argv.slice(2).filter((argument) => argument !== "--"),
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if ((parsed.values as { help?: boolean }).help) {
      console.log(usage);
      process.exit(0);
    }
    const surplus = parsed.positionals[maxPositionals];
    if (surplus !== undefined) endWithUsage(usage, `unexpected argument '${surplus}'`);
    return parsed as Arguments<O>;
  } catch (error) {
    // Without the suggestion that Node appends.
    return endWithUsage(usage, (error as Error).message.replace(/\. To specify .*/s, ""));
  }
}

/** Prints a problem with the command line and exits with code 2. */
export function endWithUsage(usage: string, problem: string): never {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}
