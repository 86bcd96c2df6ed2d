// The help, made from the commands' own tables.

import type { Command, OptionGroup } from "./command.ts";
import type { OptionDefinition } from "./option_definition.ts";
import { commonOptions } from "./command.ts";
import { exitCodeMeanings, exitCodes } from "./exit_codes.ts";
import type { Output } from "./io.ts";
import { style, wrapped } from "./output.ts";

/** What the program is called. */
export const programName = "flipt-ffi";

/** The widest that help is. */
const widest = 100;

/** The help on all commands, or on those whose name begins with `group`. */
export function overview(output: Output, commands: readonly Command[], group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  return [
    ...(group === undefined ? ["Evaluates Flipt feature flags and looks into them.", ""] : []),
    `usage: ${programName} ${group ?? "COMMAND"} … [options]`,
    "",
    style(output, "bold", "commands"),
    ...pairs(output, shown.map(({ name, summary }) => [name, summary])),
    ...section(output, commonOptions),
    "",
    style(output, "bold", "ends with"),
    ...pairs(
      output,
      Object.entries(exitCodes).map(([name, code]) => [
        String(code),
        exitCodeMeanings[name as keyof typeof exitCodes],
      ]),
    ),
    "",
    `${programName} COMMAND --help says more about a command.`,
    "",
  ].join("\n");
}

/** The help on one command. */
export function helpOn(output: Output, command: Command): string {
  const operands = command.operands.map(({ name, optional, repeated }) => {
    const text = repeated ? `${name}…` : name;
    return ` ${optional ? `[${text}]` : text}`;
  }).join("");
  const width = Math.min(output.columns, widest);
  return [
    ...wrapped(`${command.summary}.`, width),
    "",
    `usage: ${programName} ${command.name}${operands} [options]`,
    ...(command.operands.length === 0 ? [] : [""]),
    ...pairs(output, command.operands.map(({ name, summary }) => [name, summary])),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrapped(note, width)]),
    ...[...command.options, commonOptions].flatMap((group) => section(output, group)),
    "",
    style(output, "bold", "examples"),
    ...command.examples.flatMap(({ does, line }) => [
      `  ${style(output, "dim", `# ${does}`)}`,
      `  ${programName} ${line}`,
    ]),
    "",
  ].join("\n");
}

function section(output: Output, { title, options }: OptionGroup): string[] {
  const rows = Object.entries(options).map(([name, definition]): [string, string] => [
    nameOf(name, definition),
    summaryOf(definition),
  ]);
  return rows.length === 0 ? [] : ["", style(output, "bold", title), ...pairs(output, rows)];
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

/** Two columns; a long text goes on below its beginning. */
function pairs(output: Output, rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(0, ...rows.map(([name]) => name.length)) + 4;
  const width = Math.max(30, Math.min(output.columns, widest) - left);
  return rows.flatMap(([name, text]) =>
    wrapped(text, width).map((line, index) =>
      (index === 0 ? `  ${name}`.padEnd(left) : " ".repeat(left)) + line
    )
  );
}
