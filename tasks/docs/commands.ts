// The command line as the pages have it, from the tables that its parser and its help are made of.

import { CLIENT_OPTION_GROUPS } from "../../cli/client_options.ts";
import { type Command, COMMON_OPTIONS, type OptionGroup } from "../../cli/command.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { EXIT_CODE_MEANINGS, exitCodes } from "../../cli/exit_codes.ts";
import { helpOn, PROGRAM_NAME } from "../../cli/help.ts";
import type { OptionDefinition } from "../../cli/option_definition.ts";
import { code, marked, paragraph, table } from "./markdown.ts";

/** Where the options are that say where flags come from, and what evaluates them. */
const CLIENT_OPTIONS = "cli.md#where-flags-come-from";

/** Every command, with what it does, its own options and its examples. */
export function commandSections(): string {
  return COMMANDS.map(sectionOf).join("\n\n");
}

function sectionOf(command: Command): string {
  const { summary, notes = [], operands, options, examples } = command;
  const own = options.filter((group) => !CLIENT_OPTION_GROUPS.includes(group));
  return [
    `## ${code(usageOf(command))}`,
    ...[`${summary}.`, ...notes].map((text) => paragraph(marked(text))),
    ...(operands.length === 0 ? [] : [
      operands.map(({ name, summary: what }) => paragraph(`- ${code(name)}: ${marked(what)}`, "  ")).join(
        "\n",
      ),
    ]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(own.length === options.length
      ? []
      : [`Also takes the options for [where flags come from](${CLIENT_OPTIONS}).`]),
    [
      "```sh no-run",
      ...examples.flatMap(({ does, line }) => [`# ${does}`, `${PROGRAM_NAME} ${line}`]),
      "```",
    ].join("\n"),
  ].join("\n\n");
}

/** How a command is called, as its help has it. */
function usageOf(command: Command): string {
  const help = helpOn({ write: () => undefined, styled: false, columns: 1000 }, command);
  const usage = /^usage: (.*) \[options\]$/m.exec(help)?.[1];
  if (usage === undefined) throw new Error(`the help on ${command.name} has no usage`);
  return usage;
}

/** The options that say where flags come from and what evaluates them, group by group. */
export function clientOptionTables(): string {
  return CLIENT_OPTION_GROUPS.map((group) => {
    const title = `${group.title.charAt(0).toUpperCase()}${group.title.slice(1)}`;
    return `**${title}**\n\n${optionTable([group])}`;
  }).join("\n\n");
}

/** The options of every command. */
export function commonOptionTable(): string {
  return optionTable([COMMON_OPTIONS]);
}

function optionTable(groups: readonly OptionGroup[]): string {
  const rows = groups.flatMap(({ options }) =>
    Object.entries(options).map(([name, definition]) => optionRow(name, definition))
  );
  return table(["option", "does", "note"], rows);
}

function optionRow(name: string, definition: OptionDefinition): string[] {
  const { type, short, value = "VALUE", summary, variable, default: byDefault } = definition;
  const long = code(`--${name}${type === "switch" ? "" : ` ${value}`}`);
  const notes = [
    ...(type === "list" ? ["may be repeated"] : []),
    ...(variable === undefined ? [] : [`or the variable ${code(variable)}`]),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return [short === undefined ? long : `${code(`-${short}`)}, ${long}`, marked(summary), notes.join("; ")];
}

/** What the program's exit codes mean. */
export function exitCodeTable(): string {
  const rows = Object.entries(exitCodes).map(([name, status]) => [
    code(String(status)),
    marked(EXIT_CODE_MEANINGS[name as keyof typeof exitCodes]),
  ]);
  return table(["code", "means"], rows);
}

/** The environment variables that stand in for an option, with what the option does. */
export function optionVariables(): ReadonlyMap<string, string> {
  const options = COMMANDS.flatMap((command) => command.options).flatMap((group) =>
    Object.entries(group.options)
  );
  return new Map(
    options.flatMap(([name, { variable, summary }]) =>
      variable === undefined ? [] : [[variable, `${code(`--${name}`)} of the command line: ${summary}`]]
    ),
  );
}
