// Generates the help from the definitions of the commands.

import type { Command, OptionGroup } from "./command.ts";
import type { OptionDefinition } from "./option_definition.ts";
import { COMMON_OPTIONS } from "./command.ts";
import { EXIT_CODE_MEANINGS, exitCodes } from "./exit_codes.ts";
import type { Output } from "./io.ts";
import { style, wrapped } from "./output.ts";

/** The name of the program. */
export const PROGRAM_NAME = "flipt-ffi";

/** Returns the help on all commands, or on those whose name begins with `group`. */
export function overview(output: Output, commands: readonly Command[], group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  return [
    ...(group === undefined ? ["Evaluates and inspects Flipt feature flags.", ""] : []),
    `usage: ${PROGRAM_NAME} ${group ?? "COMMAND"} … [options]`,
    "",
    style(output, "bold", "commands"),
    ...twoColumns(output, shown.map(({ name, summary }) => [name, summary])),
    ...section(output, COMMON_OPTIONS),
    "",
    style(output, "bold", "exit codes"),
    ...twoColumns(
      output,
      Object.entries(exitCodes).map(([name, code]) => [
        String(code),
        EXIT_CODE_MEANINGS[name as keyof typeof exitCodes],
      ]),
    ),
    "",
    `Run ${PROGRAM_NAME} COMMAND --help for the options of a command.`,
    "",
  ].join("\n");
}

/** Returns the help on one command. */
export function helpOn(output: Output, command: Command): string {
  const operands = command.operands.map(({ name, optional, repeated }) => {
    const text = repeated ? `${name}…` : name;
    return ` ${optional ? `[${text}]` : text}`;
  }).join("");
  const width = output.columns;
  return [
    ...wrapped(`${command.summary}.`, width),
    "",
    `usage: ${PROGRAM_NAME} ${command.name}${operands} [options]`,
    ...(command.operands.length === 0 ? [] : [""]),
    ...twoColumns(output, command.operands.map(({ name, summary }) => [name, summary])),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrapped(note, width)]),
    ...[...command.options, COMMON_OPTIONS].flatMap((group) => section(output, group)),
    "",
    style(output, "bold", "examples"),
    ...command.examples.flatMap(({ does, line }) => [
      `  ${style(output, "dim", `# ${does}`)}`,
      `  ${PROGRAM_NAME} ${line}`,
    ]),
    "",
  ].join("\n");
}

function section(output: Output, { title, options }: OptionGroup): string[] {
  const rows = Object.entries(options).map(([name, definition]): [string, string] => [
    nameOf(name, definition),
    summaryOf(definition),
  ]);
  return rows.length === 0 ? [] : ["", style(output, "bold", title), ...twoColumns(output, rows)];
}

function nameOf(name: string, { type, short, value = "VALUE" }: OptionDefinition): string {
  const long = `--${name}${type === "switch" ? "" : ` ${value}`}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function summaryOf({ summary, type, variable, default: byDefault }: OptionDefinition): string {
  const more = [
    ...(type === "list" ? ["may be repeated"] : []),
    ...(variable === undefined ? [] : [`or the variable ${variable}`]),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return more.length === 0 ? summary : `${summary} (${more.join("; ")})`;
}

/** Returns rows in two columns; a long text in the second is wrapped within its column. */
function twoColumns(output: Output, rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(0, ...rows.map(([name]) => name.length)) + 4;
  const width = Math.max(30, output.columns - left);
  return rows.flatMap(([name, text]) =>
    wrapped(text, width).map((line, index) =>
      (index === 0 ? `  ${name}`.padEnd(left) : " ".repeat(left)) + line
    )
  );
}
