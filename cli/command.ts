// What a command is made of. Parsing and help both come from these tables.

import type { ExitCode } from "./exit_codes.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { OptionDefinition } from "./option_definition.ts";
import type { Io } from "./io.ts";

/** Options by their names, without the dashes. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** Options that belong together. */
export interface OptionGroup {
  /** What stands above them in the help. */
  readonly title: string;
  /** The options. */
  readonly options: OptionTable;
}

/** What a command works on, given by its place. */
export interface Operand {
  /** What it is called in the help. */
  readonly name: string;
  /** What it is. */
  readonly summary: string;
  /** Whether it may be left out. @default false */
  readonly optional?: boolean;
  /** Whether there may be several. @default false */
  readonly repeated?: boolean;
}

/** A command line that shows how a command is used. */
export interface Example {
  /** What it does. */
  readonly does: string;
  /** What is typed after the program's name. */
  readonly line: string;
}

/** A command of the command line. */
export interface Command {
  /** The words it is called by. */
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What else there is to know, a paragraph each. */
  readonly notes?: readonly string[];
  /** What it works on. */
  readonly operands: readonly Operand[];
  /** Its options, but for those that every command has. */
  readonly options: readonly OptionGroup[];
  /** How it is used. */
  readonly examples: readonly Example[];
  /**
   * Does it.
   * @returns the status to end with.
   * @throws {Error} (rejects) when it cannot; the message is for the user.
   */
  run(args: CommandArguments, io: Io): Promise<ExitCode>;
}

/** The options that every command has. */
export const commonOptions: OptionGroup = {
  title: "options of every command",
  options: {
    json: { type: "switch", summary: "print JSON; errors, too, as one line on the error output" },
    debug: { type: "switch", summary: "show the stack of an error, and what led to it" },
    help: { type: "switch", short: "h", summary: "show this text" },
    version: { type: "switch", short: "V", summary: "show the version of flipt-ffi" },
  },
};
