// Constraints: each is compiled once into a number that says what to do, and the bound that it is done with.

import type { DocumentConstraint } from "../document.ts";
import type { Bound } from "../rules/comparison.ts";
import {
  EMPTY,
  EQUAL,
  NEVER,
  NOT_EMPTY,
  NUMBER_EQUAL,
  NUMBER_ONE_OF,
  ONE_OF,
  parseInteger,
  parseTime,
  TIME_EQUAL,
  WELL_FORMED,
} from "../rules/comparison.ts";
import { Properties, type Property } from "./property.ts";

/** A constraint, ready to be compared. */
export interface Constraint {
  /** Tells it from the others of the state. */
  readonly id: number;
  /** What to do: `EQUAL` or another kind of comparison. */
  readonly kind: number;
  /** The property of the context; `undefined` to compare the entity id. */
  readonly property: Property | undefined;
  /** What the value is compared with. */
  readonly bound: Bound;
}

// The operators of each type, in the order of their kinds.
const STRING_OPERATORS: readonly string[] = [
  "empty",
  "notempty",
  "eq",
  "neq",
  "prefix",
  "suffix",
  "contains",
  "notcontains",
  "isoneof",
  "isnotoneof",
];
const TIME_OPERATORS: readonly string[] = ["eq", "neq", "lt", "lte", "gt", "gte"];
const NUMBER_OPERATORS: readonly string[] = [...TIME_OPERATORS, "isoneof", "isnotoneof"];

const NO_STRINGS: ReadonlySet<string> = new Set();
const NO_NUMBERS: ReadonlySet<number> = new Set();

/** How many constraints are remembered. */
const REMEMBERED = 10_000;

interface Known {
  readonly source: DocumentConstraint;
  readonly constraint: Constraint;
}

/** The constraints of one state. Flags that say the same share them: they have the same segments more often than not. */
export class Constraints {
  readonly #properties = new Properties();
  // By the value, of which a list can be long: a name made of all that tells constraints apart would be as long again.
  readonly #known = new Map<string, Known[]>();
  #count = 0;

  /** Compiles a constraint; `undefined` for one of unknown type, which only its segment can judge. */
  of(source: DocumentConstraint): Constraint | undefined {
    const { type, property, operator, value } = source;
    const alike = this.#known.get(value) ?? [];
    const known = alike.find(({ source: each }) =>
      each.type === type && each.property === property && each.operator === operator
    );
    if (known !== undefined) return known.constraint;
    const compared = compile(source);
    if (compared === undefined) return undefined;
    const constraint: Constraint = {
      ...compared,
      id: this.#count++,
      property: type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE" ? undefined : this.#properties.of(property),
    };
    if (this.#count <= REMEMBERED) {
      alike.push({ source, constraint });
      this.#known.set(value, alike);
    }
    return constraint;
  }
}

function compile(
  { type, operator, value }: DocumentConstraint,
): Pick<Constraint, "kind" | "bound"> | undefined {
  let kind: number;
  let text = value;
  let number = NaN;
  let strings = NO_STRINGS;
  let numbers = NO_NUMBERS;
  switch (type) {
    case "STRING_CONSTRAINT_COMPARISON_TYPE":
    case "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE":
      kind = kindOf(operator, STRING_OPERATORS, EMPTY);
      if (kind >= ONE_OF) strings = parseStrings(value) ?? NO_STRINGS;
      if (kind >= EQUAL && value.includes("\ufffd")) kind += WELL_FORMED;
      // No value that may be compared is empty, which spares EQUAL a look at the value's length.
      if (kind === EQUAL && value === "") kind = NEVER;
      break;
    case "NUMBER_CONSTRAINT_COMPARISON_TYPE":
      kind = presenceOf(operator) ?? kindOf(operator, NUMBER_OPERATORS, NUMBER_EQUAL);
      if (kind >= NUMBER_ONE_OF) {
        const list = parseIntegers(value);
        if (list === undefined) kind = NEVER;
        else numbers = list;
      } else if (kind >= NUMBER_EQUAL) {
        number = parseInteger(value);
        if (Number.isNaN(number)) kind = NEVER;
      }
      break;
    case "BOOLEAN_CONSTRAINT_COMPARISON_TYPE":
      // `true` holds for the word true and no other, which is what equality says.
      kind = presenceOf(operator) ?? (operator === "true" || operator === "false" ? EQUAL : NEVER);
      text = operator;
      break;
    case "DATETIME_CONSTRAINT_COMPARISON_TYPE":
      kind = presenceOf(operator) ?? kindOf(operator, TIME_OPERATORS, TIME_EQUAL);
      if (kind >= TIME_EQUAL) {
        number = parseTime(value);
        if (Number.isNaN(number)) kind = NEVER;
      }
      break;
    default:
      return undefined;
  }
  return { kind, bound: { text, number, strings, numbers } };
}

function kindOf(operator: string, operators: readonly string[], first: number): number {
  const index = operators.indexOf(operator);
  return index < 0 ? NEVER : first + index;
}

function presenceOf(operator: string): number | undefined {
  return operator === "present" ? NOT_EMPTY : operator === "notpresent" ? EMPTY : undefined;
}

/** A JSON list of strings; `undefined` for any other text. */
export function parseStrings(text: string): Set<string> | undefined {
  // The reference reads elements without copying, which no escape survives.
  if (text.includes("\\")) return undefined;
  const list = parseList(text);
  return list?.every((element) => typeof element === "string") ? new Set(list) : undefined;
}

/** A JSON list of 32-bit integers; `undefined` for any other text. */
export function parseIntegers(text: string): Set<number> | undefined {
  // Fractions, exponents and -0 make a number a float there, whatever its value.
  if (/[.eE]|-0/.test(text)) return undefined;
  const list = parseList(text);
  return list?.every(isInt32) ? new Set(list) : undefined;
}

function parseList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && value >= -0x80000000 && value <= 0x7fffffff;
}
