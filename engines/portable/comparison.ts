// How the text of a property compares with a bound: a number, the kind, says what to do.

import type { DocumentConstraint } from "../document.ts";
import { parseIntegers, parseStrings } from "../rules/lists.ts";
import { parseInteger } from "../rules/numbers.ts";
import type {
  BooleanOperator,
  ConstraintType,
  DatetimeOperator,
  NumberOperator,
  OrderOperator,
  StringOperator,
} from "../rules/operators.ts";
import { ofOperator } from "../rules/operators.ts";
import { parseTime } from "../rules/times.ts";

/** What a value is compared with, in the form that its kind needs. */
export interface Bound {
  /** The bound as text. */
  readonly text: string;
  /** The least number or time that is within the bound. */
  readonly low: number;
  /** The greatest one. */
  readonly high: number;
  /** The bound of a list of strings. */
  readonly strings: ReadonlySet<string>;
  /** The bound of a list of numbers. */
  readonly numbers: ReadonlySet<number>;
}

/** A comparison, compiled. */
export interface Comparison {
  /** What to do: `EQUAL_KIND` or another kind. */
  readonly kind: number;
  /** What the value is compared with. */
  readonly bound: Bound;
}

/** The kind of `eq` of texts: by far the most common, which readers may spare the way through `compare`. */
export const EQUAL_KIND = 3;
/** No value will do. */
const NEVER = 0;
/** The last kind that looks at no bound: empty and not empty come before it. */
const NOT_EMPTY = 2;
/** Added to a kind that compares a number with its bound, to compare times alike. */
const OF_TIMES = 4;
/** Added to a kind whose bound can tell a lone surrogate from the U+FFFD that it becomes in UTF-8. */
const WELL_FORMED = 32;

// The kinds of each type's operators. Those of `compare` are literals: V8 and bundlers fold nothing else there.

const PRESENCE_KINDS = { present: 2, notpresent: 1 } as const;

const STRING_KINDS: Readonly<Record<StringOperator, number>> = {
  empty: 1,
  notempty: 2,
  eq: 3,
  neq: 4,
  prefix: 5,
  suffix: 6,
  contains: 7,
  notcontains: 8,
  isoneof: 9,
  isnotoneof: 10,
};
const ORDER_KINDS: Readonly<Record<OrderOperator, number>> = {
  eq: 11,
  neq: 12,
  lt: 11,
  lte: 11,
  gt: 11,
  gte: 11,
};
/** What to add to a bound to have the least and the greatest integer that are within. */
const RANGES: Readonly<Record<OrderOperator, readonly [low: number, high: number]>> = {
  eq: [0, 0],
  neq: [0, 0],
  lt: [-Infinity, -1],
  lte: [-Infinity, 0],
  gt: [1, Infinity],
  gte: [0, Infinity],
};
const NUMBER_KINDS: Readonly<Record<NumberOperator, number>> = {
  ...PRESENCE_KINDS,
  ...ORDER_KINDS,
  isoneof: 13,
  isnotoneof: 14,
};
// Those of numbers, to which `OF_TIMES` is added.
const TIME_KINDS: Readonly<Record<DatetimeOperator, number>> = { ...PRESENCE_KINDS, ...ORDER_KINDS };
// `true` holds for the word true and no other, which is what equality with the operator's own name says.
const BOOLEAN_KINDS: Readonly<Record<BooleanOperator, number>> = {
  ...PRESENCE_KINDS,
  true: 3,
  false: 3,
};

const NO_STRINGS: ReadonlySet<string> = new Set();
const NO_NUMBERS: ReadonlySet<number> = new Set();

/** The kinds of the operators of each type of constraint. */
const KINDS: Readonly<Record<ConstraintType, Readonly<Record<string, number>>>> = {
  STRING_CONSTRAINT_COMPARISON_TYPE: STRING_KINDS,
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: STRING_KINDS,
  NUMBER_CONSTRAINT_COMPARISON_TYPE: NUMBER_KINDS,
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: BOOLEAN_KINDS,
  DATETIME_CONSTRAINT_COMPARISON_TYPE: TIME_KINDS,
};

/** Compiles what a constraint compares; `undefined` for one of unknown type, which only its segment can judge. */
export function compileComparison({ type, operator, value }: DocumentConstraint): Comparison | undefined {
  const kinds = ofOperator(KINDS, type);
  if (kinds === undefined) return undefined;
  let kind = ofOperator(kinds, operator) ?? NEVER;
  const text = kinds === BOOLEAN_KINDS ? operator : value;
  let number = NaN;
  let strings = NO_STRINGS;
  let numbers = NO_NUMBERS;
  if (kind >= NUMBER_KINDS.isoneof) {
    const list = parseIntegers(value);
    if (list === undefined) kind = NEVER;
    else numbers = list;
  } else if (kind >= NUMBER_KINDS.eq) {
    number = kinds === TIME_KINDS ? parseTime(value) : parseInteger(value);
    if (Number.isNaN(number)) kind = NEVER;
    else if (kinds === TIME_KINDS) kind += OF_TIMES;
  } else if (kind > NOT_EMPTY) {
    if (kind >= STRING_KINDS.isoneof) strings = parseStrings(value) ?? NO_STRINGS;
    // No value that may be compared is empty, which spares EQUAL a look at the value's length.
    if (kind === EQUAL_KIND && text === "") kind = NEVER;
    else if (text.includes("\ufffd")) kind += WELL_FORMED;
  }
  const [low, high] = ofOperator(RANGES, operator) ?? [0, 0];
  return { kind, bound: { text, low: number + low, high: number + high, strings, numbers } };
}

/** Whether a value is what a kind asks of it: so short that compilers put it where it is called. */
export function compare(kind: number, value: string, bound: Bound): boolean {
  if (value === "") return kind === 1;
  if (kind === 9) return bound.strings.has(value);
  if (kind === 11) return isWithin(parseInteger(value), bound);
  if (kind === 5) return value.startsWith(bound.text);
  return compareOtherwise(kind, value, bound);
}

function compareOtherwise(kind: number, value: string, bound: Bound): boolean {
  switch (kind) {
    case 2: // not empty
      return true;
    case 3: // equal
      return value === bound.text;
    case 4: // not equal
      return value !== bound.text;
    case 6: // suffix
      return value.endsWith(bound.text);
    case 7: // contains
      return value.includes(bound.text);
    case 8: // not contains
      return !value.includes(bound.text);
    case 10: // not one of
      return !bound.strings.has(value);
    // A value that is no number or time is NaN, which is neither within a bound nor without.
    case 12: // number not within
      return isWithout(parseInteger(value), bound);
    case 13: // number one of
      return bound.numbers.has(parseInteger(value));
    case 14: { // number not one of
      const number = parseInteger(value);
      return number === number && !bound.numbers.has(number);
    }
    case 15: // time within
      return isWithin(parseTime(value), bound);
    case 16: // time not within
      return isWithout(parseTime(value), bound);
    default: // never, or empty
      return kind > WELL_FORMED && compare(kind - WELL_FORMED, value.toWellFormed(), bound);
  }
}

function isWithin(value: number, { low, high }: Bound): boolean {
  return value >= low && value <= high;
}

function isWithout(value: number, { low, high }: Bound): boolean {
  return value < low || value > high;
}
