// How the text of a property compares with a bound: a number, the kind, says what to do.

import { parseInteger } from "../rules/numbers.ts";
import { parseTime } from "../rules/times.ts";
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
  ONE_OF,
  PREFIX,
  SUFFIX,
  TIME_EQUAL,
  TIME_GREATER,
  TIME_GREATER_OR_EQUAL,
  TIME_LESS,
  TIME_LESS_OR_EQUAL,
  TIME_NOT_EQUAL,
  WELL_FORMED,
} from "./comparison_kinds.ts";

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
