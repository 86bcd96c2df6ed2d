// Parses the command line into a command and its arguments.

import { parseArgs } from "node:util";
import { quote } from "../core/describe.ts";
import { closestString } from "../core/closest_string.ts";
import type { Command, OptionGroup } from "./command.ts";
import type { OptionDefinition } from "./option_definition.ts";
import { COMMON_OPTIONS } from "./command.ts";
import { UsageError } from "./errors.ts";
import { CommandArguments } from "./command_arguments.ts";

/** A parsed command line. */
export interface Parsed {
  /** The command; `undefined` when none is given. */
  readonly command: Command | undefined;
  /** The first word, if several commands begin with it, such as `snapshot`. */
  readonly group: string | undefined;
  /** The names of the common switches that are on. */
  readonly common: ReadonlySet<string>;
  /**
   * Returns the arguments of the command.
   * @throws {UsageError} when one is invalid.
   */
  commandArguments(): CommandArguments;
}

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];
type OptionToken = Extract<Token, { readonly kind: "option" }>;

/**
 * Parses the command line. The arguments of the command are validated by `commandArguments` only.
 * @throws {UsageError} when the command does not exist.
 */
export function parse(
  args: readonly string[],
  commands: readonly Command[],
  environment: Readonly<Record<string, string | undefined>>,
): Parsed {
  const all = optionsOf(commands.flatMap(({ options }) => options));
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([...all].map(([name, { type, short }]) => [
      name,
      { type: type === "switch" ? "boolean" : "string", multiple: true, ...(short && { short }) },
    ])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  const optionTokens = tokens.filter((token) => token.kind === "option");
  const common = new Set(
    optionTokens.map(({ name }) => name).filter((name) => Object.hasOwn(COMMON_OPTIONS.options, name)),
  );
  // `help evaluate` is `evaluate --help`.
  if (words[0] === "help") {
    words.shift();
    common.add("help");
  }
  const command = commandOf(words, commands);
  const group = words[0] !== undefined && commands.some(({ name }) => name.startsWith(`${words[0]} `))
    ? words[0]
    : undefined;
  if (command === undefined && words.length > 0 && !(group !== undefined && words.length === 1)) {
    throw unknownCommand(words, commands);
  }
  return {
    command,
    group,
    common,
    commandArguments: () => {
      if (command === undefined) throw new TypeError("there is no command");
      const operands = words.slice(command.name.split(" ").length);
      return argumentsOf(command, operands, optionTokens, environment);
    },
  };
}

/** Returns the options of the groups and the common options, by name. */
export function optionsOf(groups: readonly OptionGroup[]): Map<string, OptionDefinition> {
  return new Map([...groups, COMMON_OPTIONS].flatMap(({ options }) => Object.entries(options)));
}

function commandOf(words: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands.find(({ name }) => name.split(" ").every((word, index) => words[index] === word));
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): UsageError {
  const [first = "", second = ""] = words;
  const names = commands.map(({ name }) => name);
  const isGroup = names.some((name) => name.startsWith(`${first} `));
  const tried = isGroup ? `${first} ${second}` : first;
  const meant = closestString(
    tried,
    isGroup ? names.filter((name) => name.startsWith(`${first} `)) : [
      ...names,
      ...names.map((name) => name.split(" ")[0] ?? name),
    ],
  );
  return new UsageError(
    `there is no command ${quote(tried)}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
  );
}

function argumentsOf(
  command: Command,
  operands: readonly string[],
  optionTokens: readonly OptionToken[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandArguments {
  const options = optionsOf(command.options);
  const values = new Map<string, string[]>();
  for (const token of optionTokens) {
    const definition = options.get(token.name);
    if (definition === undefined) throw unknownOption(command, token, options);
    const value = valueOf(command, token, definition);
    values.set(token.name, [...values.get(token.name) ?? [], value]);
  }
  checkOperands(command, operands);
  return new CommandArguments({ operands, options, values, environment });
}

function unknownOption(
  command: Command,
  { rawName, name }: OptionToken,
  options: ReadonlyMap<string, OptionDefinition>,
): UsageError {
  const meant = rawName.startsWith("--") ? closestString(name, [...options.keys()]) : undefined;
  const hint = meant === undefined ? "" : `; did you mean --${meant}?`;
  return new UsageError(`${command.name} has no option ${printableName(rawName)}${hint}`, command.name);
}

function printableName(rawName: string): string {
  const quoted = quote(rawName);
  return quoted === `"${rawName}"` ? rawName : quoted;
}

// The messages do not show the value: it may be a secret.
function valueOf(
  command: Command,
  { rawName, value, inlineValue }: OptionToken,
  { type, value: placeholder = "VALUE" }: OptionDefinition,
): string {
  if (type === "switch") {
    if (value === undefined) return "";
    throw new UsageError(`${rawName} takes no value`, command.name);
  }
  if (value === undefined) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${placeholder}`, command.name);
  }
  if (!inlineValue && value.length > 1 && value.startsWith("-")) {
    throw new UsageError(
      `${rawName} needs a value; for one that begins with a dash, write ${rawName}=${placeholder}`,
      command.name,
    );
  }
  if (value === "") throw new UsageError(`the value of ${rawName} cannot be empty`, command.name);
  return value;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const missing = command.operands.filter(({ optional }) => optional !== true)[operands.length];
  if (missing !== undefined) {
    throw new UsageError(`${command.name} needs ${missing.name}: ${missing.summary}`, command.name);
  }
  const isVariadic = command.operands.some(({ repeated }) => repeated === true);
  const unexpected = isVariadic ? undefined : operands[command.operands.length];
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument ${quote(unexpected)} for ${command.name}`, command.name);
  }
  if (operands.includes("")) throw new UsageError(`an argument of ${command.name} is empty`, command.name);
}
