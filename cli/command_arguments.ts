// What was typed, and the environment's variables behind it, read by the names of the tables.

import type { OptionDefinition } from "./option_definition.ts";
import { UsageError } from "./errors.ts";

/** The longest time that an option can ask for, in seconds: 20 days, as for the client's own. */
const longest = 1_728_000;

/** What was typed for one command. */
export class CommandArguments {
  /** What the command works on, in the order of its places. */
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, OptionDefinition>;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  /** What was typed, known to be right: every value belongs to an option of the table. */
  constructor(parts: {
    readonly operands: readonly string[];
    readonly options: ReadonlyMap<string, OptionDefinition>;
    readonly values: ReadonlyMap<string, readonly string[]>;
    readonly environment: Readonly<Record<string, string | undefined>>;
  }) {
    this.operands = parts.operands;
    this.#options = parts.options;
    this.#values = parts.values;
    this.#environment = parts.environment;
  }

  /** Whether an option was typed. */
  typed(name: string): boolean {
    this.#definition(name);
    return this.#values.has(name);
  }

  /** Whether a switch is on. */
  is(name: string): boolean {
    return this.typed(name);
  }

  /** The value of an option: the last that was typed, else the environment's. */
  text(name: string): string | undefined {
    const { variable } = this.#definition(name);
    const typed = this.#values.get(name)?.at(-1);
    if (typed !== undefined || variable === undefined) return typed;
    return this.#environment[variable] || undefined;
  }

  /** Every value that was typed for an option. */
  list(name: string): readonly string[] {
    this.#definition(name);
    return this.#values.get(name) ?? [];
  }

  /** @throws {UsageError} when the value is not a positive number of seconds. */
  seconds(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value > 0 && value <= longest) return value;
    throw new UsageError(`--${name} must be a positive number of seconds, at most ${longest}`);
  }

  /** @throws {UsageError} when the value is not a whole number from `least` to `most`. */
  integer(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}`);
  }

  #definition(name: string): OptionDefinition {
    const definition = this.#options.get(name);
    if (definition === undefined) throw new TypeError(`this command has no option --${name}`);
    return definition;
  }
}
