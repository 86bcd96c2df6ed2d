// The arguments of a command: operands and options, with environment variables as fallbacks.

import type { OptionDefinition } from "./option_definition.ts";
import { MAX_INTERVAL_SECONDS } from "../src/options/options.ts";
import { UsageError } from "./errors.ts";

/** The arguments of one command. */
export class CommandArguments {
  /** The positional arguments, in order. */
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, OptionDefinition>;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  /** Arguments that are already validated: every value belongs to one of `options`. */
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

  /** Returns whether an option is given on the command line. */
  isGiven(name: string): boolean {
    this.#definition(name);
    return this.#values.has(name);
  }

  /** Returns whether a switch is on. */
  is(name: string): boolean {
    return this.isGiven(name);
  }

  /** Returns the last value given for an option, or else that of its environment variable. */
  text(name: string): string | undefined {
    const { variable } = this.#definition(name);
    const typed = this.#values.get(name)?.at(-1);
    if (typed !== undefined || variable === undefined) return typed;
    return this.#environment[variable] || undefined;
  }

  /** Returns every value given for an option on the command line. */
  list(name: string): readonly string[] {
    this.#definition(name);
    return this.#values.get(name) ?? [];
  }

  /**
   * Returns the value of an option in seconds.
   * @throws {UsageError} when it is not a positive number, or is too large for a timer.
   */
  seconds(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value > 0 && value <= MAX_INTERVAL_SECONDS) return value;
    throw new UsageError(`--${name} must be a positive number of seconds, at most ${MAX_INTERVAL_SECONDS}`);
  }

  /**
   * Returns the value of an option as an integer.
   * @throws {UsageError} when it is not an integer from `min` to `max`.
   */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`);
  }

  #definition(name: string): OptionDefinition {
    const definition = this.#options.get(name);
    if (definition === undefined) throw new TypeError(`this command has no option --${name}`);
    return definition;
  }
}
