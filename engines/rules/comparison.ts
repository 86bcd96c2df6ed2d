// How the text of a property compares with a bound: a number says what to do. Texts become numbers and times leniently
// exactly where the reference is lenient.

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

// The kinds of comparison. Nothing is imported here, so that bundlers put the numbers where the names are.

/** No value will do. */
export const NEVER = 0;
/** The value is empty. */
export const EMPTY = 1;
/** The value is not empty. */
export const NOT_EMPTY = 2;
/** The value is the bound's text. By far the most common kind, which readers may spare the way through `compare`. */
export const EQUAL = 3;
const NOT_EQUAL = 4;
const PREFIX = 5;
const SUFFIX = 6;
const CONTAINS = 7;
const NOT_CONTAINS = 8;
/** The first kind whose bound is a list of strings. */
export const ONE_OF = 9;
const NOT_ONE_OF = 10;
/** The first kind whose bound is a number. */
export const NUMBER_EQUAL = 11;
const NUMBER_NOT_EQUAL = 12;
const NUMBER_LESS = 13;
const NUMBER_LESS_OR_EQUAL = 14;
const NUMBER_GREATER = 15;
const NUMBER_GREATER_OR_EQUAL = 16;
/** The first kind whose bound is a list of numbers. */
export const NUMBER_ONE_OF = 17;
const NUMBER_NOT_ONE_OF = 18;
/** The first kind whose bound is a time. */
export const TIME_EQUAL = 19;
const TIME_NOT_EQUAL = 20;
const TIME_LESS = 21;
const TIME_LESS_OR_EQUAL = 22;
const TIME_GREATER = 23;
const TIME_GREATER_OR_EQUAL = 24;
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

/** A 32-bit signed decimal integer with an optional sign; NaN for any other text. */
export function parseInteger(text: string): number {
  const first = text.charCodeAt(0);
  const signed = first === 0x2b || first === 0x2d;
  let i = signed ? 1 : 0;
  if (i === text.length) return NaN;
  let value = 0;
  for (; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (first === 0x2d) return value <= 0x80000000 ? 0 - value : NaN;
  return value <= 0x7fffffff ? value : NaN;
}

/**
 * Whole seconds since 1970 of an RFC 3339 time; NaN for any other text. The date may end in a space, the offset may
 * have a minus sign (U+2212) for a hyphen, and a second 60 counts as 59.
 */
export function parseTime(text: string): number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const separator = text.charCodeAt(10);
  if (
    text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(13) !== 0x3a ||
    text.charCodeAt(16) !== 0x3a || (separator !== 0x54 && separator !== 0x74 && separator !== 0x20) ||
    !(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)) ||
    !(hour <= 23 && minute <= 59 && second <= 60)
  ) return NaN;
  let i = 19;
  if (text.charCodeAt(i) === 0x2e) {
    do i++; while (isDigit(text.charCodeAt(i)));
    if (i === 20) return NaN;
  }
  const sign = text.charCodeAt(i);
  let offset = 0;
  if ((sign | 0x20) === 0x7a) {
    if (text.length !== i + 1) return NaN;
  } else {
    const hours = twoDigits(text, i + 1);
    const minutes = twoDigits(text, i + 4);
    if (
      (sign !== 0x2b && sign !== 0x2d && sign !== 0x2212) || text.charCodeAt(i + 3) !== 0x3a ||
      text.length !== i + 6 || !(hours <= 23 && minutes <= 59)
    ) return NaN;
    offset = (hours * 60 + minutes) * (sign === 0x2b ? 60 : -60);
  }
  return daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + Math.min(second, 59) - offset;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function twoDigits(text: string, i: number): number {
  const tens = text.charCodeAt(i);
  const ones = text.charCodeAt(i + 1);
  return isDigit(tens) && isDigit(ones) ? tens * 10 + ones - 528 : NaN;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function daysSince1970(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last; 719468 days lie between 0000-03-01 and 1970.
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719469;
}
