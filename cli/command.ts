// The definition of a command. Parsing and help are both driven by it.

import type { ExitCode } from "./exit_codes.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { OptionDefinition } from "./option_definition.ts";
import type { Io } from "./io.ts";

/** Options by name, without the leading dashes. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** Options that belong together. */
export interface OptionGroup {
  /** The heading in the help. */
  readonly title: string;
  /** The options. */
  readonly options: OptionTable;
}

/** A positional argument of a command. */
export interface Operand {
  /** The placeholder in the help, such as `FILE`. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly summary: string;
  /** Whether it may be omitted. @default false */
  readonly optional?: boolean;
  /** Whether there may be several. @default false */
  readonly repeated?: boolean;
}

/** An example of how a command is used. */
export interface Example {
  /** What it does, in a few words. */
  readonly does: string;
  /** The command line, without the program's name. */
  readonly line: string;
}

/** A command of the command line. */
export interface Command {
  /** The words that select it, such as `snapshot pull`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Further paragraphs of the help. */
  readonly notes?: readonly string[];
  /** Its positional arguments. */
  readonly operands: readonly Operand[];
  /** Its options, without `COMMON_OPTIONS`. */
  readonly options: readonly OptionGroup[];
  /** Examples for the help. */
  readonly examples: readonly Example[];
  /**
   * Runs the command.
   * @returns the exit code.
   * @throws {Error} (rejects) when it fails; the message is shown to the user.
   */
  run(args: CommandArguments, io: Io): Promise<ExitCode>;
}

/** The options of every command. */
export const COMMON_OPTIONS: OptionGroup = {
  title: "options of every command",
  options: {
    json: { type: "switch", summary: "print JSON; an error is one line of JSON on stderr" },
    debug: { type: "switch", summary: "show the stack of an error and of its causes" },
    help: { type: "switch", short: "h", summary: "show this help" },
    version: { type: "switch", short: "V", summary: "show the version of flipt-ffi" },
  },
};
