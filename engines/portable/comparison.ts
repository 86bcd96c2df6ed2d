// How the text of a property compares with a bound: a number, the kind, says what to do.

import { parseInteger } from "../rules/numbers.ts";
import { parseTime } from "../rules/times.ts";

/** What a value is compared with, in the form that its kind needs. */
export interface Bound {
  /** The bound as text. */
  readonly text: string;
  /** The bound of a number or a time. */
  readonly number: number;
  /** The bound of a list of strings. */
  readonly strings: ReadonlySet<string>;
  /** The bound of a list of numbers. */
  readonly numbers: ReadonlySet<number>;
}

// The kinds of comparison.

/** No value will do. */
export const NEVER = 0;
/** The value is empty. */
export const EMPTY = 1;
/** The value is not empty. */
export const NOT_EMPTY = 2;
/** The value is the bound's text. By far the most common kind, which readers may spare the way through `compare`. */
export const EQUAL = 3;
export const NOT_EQUAL = 4;
export const PREFIX = 5;
export const SUFFIX = 6;
export const CONTAINS = 7;
export const NOT_CONTAINS = 8;
export const ONE_OF = 9;
export const NOT_ONE_OF = 10;
export const NUMBER_EQUAL = 11;
export const NUMBER_NOT_EQUAL = 12;
export const NUMBER_LESS = 13;
export const NUMBER_LESS_OR_EQUAL = 14;
export const NUMBER_GREATER = 15;
export const NUMBER_GREATER_OR_EQUAL = 16;
export const NUMBER_ONE_OF = 17;
export const NUMBER_NOT_ONE_OF = 18;
const TIME_EQUAL = 19;
const TIME_NOT_EQUAL = 20;
const TIME_LESS = 21;
const TIME_LESS_OR_EQUAL = 22;
const TIME_GREATER = 23;
const TIME_GREATER_OR_EQUAL = 24;
/** Added to a kind that compares a number with its bound, to compare times alike. */
export const OF_TIMES = TIME_EQUAL - NUMBER_EQUAL;
/** Added to a kind whose bound can tell a lone surrogate from the U+FFFD that it becomes in UTF-8. */
export const WELL_FORMED = 32;

/** Whether a value is what a kind asks of it. */
export function compare(kind: number, value: string, bound: Bound): boolean {
  switch (kind) {
    case NEVER:
      return false;
    case EMPTY:
      return value === "";
    case NOT_EMPTY:
      return value !== "";
    case EQUAL:
      return value === bound.text;
    case NOT_EQUAL:
      return value !== bound.text && value !== "";
    case PREFIX:
      return value !== "" && value.startsWith(bound.text);
    case SUFFIX:
      return value !== "" && value.endsWith(bound.text);
    case CONTAINS:
      return value !== "" && value.includes(bound.text);
    case NOT_CONTAINS:
      return value !== "" && !value.includes(bound.text);
    case ONE_OF:
      return value !== "" && bound.strings.has(value);
    case NOT_ONE_OF:
      return value !== "" && !bound.strings.has(value);
    // A value that is no number or time is NaN, which compares false with everything but `!==`.
    case NUMBER_EQUAL:
      return parseInteger(value) === bound.number;
    case NUMBER_NOT_EQUAL:
      return differs(parseInteger(value), bound.number);
    case NUMBER_LESS:
      return parseInteger(value) < bound.number;
    case NUMBER_LESS_OR_EQUAL:
      return parseInteger(value) <= bound.number;
    case NUMBER_GREATER:
      return parseInteger(value) > bound.number;
    case NUMBER_GREATER_OR_EQUAL:
      return parseInteger(value) >= bound.number;
    case NUMBER_ONE_OF:
      return bound.numbers.has(parseInteger(value));
    case NUMBER_NOT_ONE_OF: {
      const number = parseInteger(value);
      return number === number && !bound.numbers.has(number);
    }
    case TIME_EQUAL:
      return parseTime(value) === bound.number;
    case TIME_NOT_EQUAL:
      return differs(parseTime(value), bound.number);
    case TIME_LESS:
      return parseTime(value) < bound.number;
    case TIME_LESS_OR_EQUAL:
      return parseTime(value) <= bound.number;
    case TIME_GREATER:
      return parseTime(value) > bound.number;
    case TIME_GREATER_OR_EQUAL:
      return parseTime(value) >= bound.number;
    default:
      return compare(kind - WELL_FORMED, value.toWellFormed(), bound);
  }
}

function differs(value: number, bound: number): boolean {
  return value < bound || value > bound;
}
