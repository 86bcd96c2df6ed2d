// The kinds of comparison, as numbers. A file without imports: bundlers then put the numbers where the names are.

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
export const TIME_EQUAL = 19;
export const TIME_NOT_EQUAL = 20;
export const TIME_LESS = 21;
export const TIME_LESS_OR_EQUAL = 22;
export const TIME_GREATER = 23;
export const TIME_GREATER_OR_EQUAL = 24;
/** Added to a kind that compares a number with its bound, to compare times alike. */
export const OF_TIMES = 8;
/** Added to a kind whose bound can tell a lone surrogate from the U+FFFD that it becomes in UTF-8. */
export const WELL_FORMED = 32;
