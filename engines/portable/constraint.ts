// Constraints: each is compiled once into a number that says what to do, and the bound that it is done with.

import type { DocumentConstraint } from "../document.ts";
import { parseIntegers, parseStrings } from "../rules/lists.ts";
import { parseInteger } from "../rules/numbers.ts";
import type {
  BooleanOperator,
  DatetimeOperator,
  NumberOperator,
  OrderOperator,
  StringOperator,
} from "../rules/operators.ts";
import { ofOperator } from "../rules/operators.ts";
import { parseTime } from "../rules/times.ts";
import type { Bound } from "./comparison.ts";
import {
  CONTAINS,
  EMPTY,
  EQUAL,
  NEVER,
  NOT_CONTAINS,
  NOT_EMPTY,
  NOT_EQUAL,
  NOT_ONE_OF,
  NUMBER_EQUAL,
  NUMBER_GREATER,
  NUMBER_GREATER_OR_EQUAL,
  NUMBER_LESS,
  NUMBER_LESS_OR_EQUAL,
  NUMBER_NOT_EQUAL,
  NUMBER_NOT_ONE_OF,
  NUMBER_ONE_OF,
  OF_TIMES,
  ONE_OF,
  PREFIX,
  SUFFIX,
  WELL_FORMED,
} from "./comparison_kinds.ts";
import type { Property } from "./layout.ts";
import { Properties } from "./property.ts";

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

const PRESENCE_KINDS = { present: NOT_EMPTY, notpresent: EMPTY } as const;

const STRING_KINDS: Readonly<Record<StringOperator, number>> = {
  empty: EMPTY,
  notempty: NOT_EMPTY,
  eq: EQUAL,
  neq: NOT_EQUAL,
  prefix: PREFIX,
  suffix: SUFFIX,
  contains: CONTAINS,
  notcontains: NOT_CONTAINS,
  isoneof: ONE_OF,
  isnotoneof: NOT_ONE_OF,
};
const ORDER_KINDS: Readonly<Record<OrderOperator, number>> = {
  eq: NUMBER_EQUAL,
  neq: NUMBER_NOT_EQUAL,
  lt: NUMBER_LESS,
  lte: NUMBER_LESS_OR_EQUAL,
  gt: NUMBER_GREATER,
  gte: NUMBER_GREATER_OR_EQUAL,
};
const NUMBER_KINDS: Readonly<Record<NumberOperator, number>> = {
  ...PRESENCE_KINDS,
  ...ORDER_KINDS,
  isoneof: NUMBER_ONE_OF,
  isnotoneof: NUMBER_NOT_ONE_OF,
};
// Those of numbers, to which `OF_TIMES` is added.
const TIME_KINDS: Readonly<Record<DatetimeOperator, number>> = { ...PRESENCE_KINDS, ...ORDER_KINDS };
// `true` holds for the word true and no other, which is what equality with the operator's own name says.
const BOOLEAN_KINDS: Readonly<Record<BooleanOperator, number>> = {
  ...PRESENCE_KINDS,
  true: EQUAL,
  false: EQUAL,
};

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
      kind = ofOperator(STRING_KINDS, operator) ?? NEVER;
      if (kind === ONE_OF || kind === NOT_ONE_OF) strings = parseStrings(value) ?? NO_STRINGS;
      if (kind >= EQUAL && value.includes("\ufffd")) kind += WELL_FORMED;
      // No value that may be compared is empty, which spares EQUAL a look at the value's length.
      if (kind === EQUAL && value === "") kind = NEVER;
      break;
    case "NUMBER_CONSTRAINT_COMPARISON_TYPE":
      kind = ofOperator(NUMBER_KINDS, operator) ?? NEVER;
      if (kind === NUMBER_ONE_OF || kind === NUMBER_NOT_ONE_OF) {
        const list = parseIntegers(value);
        if (list === undefined) kind = NEVER;
        else numbers = list;
      } else if (comparesBound(kind)) {
        number = parseInteger(value);
        if (Number.isNaN(number)) kind = NEVER;
      }
      break;
    case "BOOLEAN_CONSTRAINT_COMPARISON_TYPE":
      kind = ofOperator(BOOLEAN_KINDS, operator) ?? NEVER;
      text = operator;
      break;
    case "DATETIME_CONSTRAINT_COMPARISON_TYPE":
      kind = ofOperator(TIME_KINDS, operator) ?? NEVER;
      if (comparesBound(kind)) {
        number = parseTime(value);
        kind = Number.isNaN(number) ? NEVER : kind + OF_TIMES;
      }
      break;
    default:
      return undefined;
  }
  return { kind, bound: { text, number, strings, numbers } };
}

/** Whether a kind is one that compares with the constraint's value. */
function comparesBound(kind: number): boolean {
  return kind !== NEVER && kind !== EMPTY && kind !== NOT_EMPTY;
}
