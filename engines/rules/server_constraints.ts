// Whether a constraint holds for a server's own evaluation API, which compares otherwise than every client does. What
// the server cannot read does not match, as in clients.

import type { DocumentConstraint } from "../document.ts";
import type {
  BooleanOperator,
  ConstraintType,
  DatetimeOperator,
  NumberOperator,
  StringOperator,
} from "./operators.ts";
import { ofOperator } from "./operators.ts";
import {
  compareServerTimes,
  parseServerBoolean,
  parseServerFloats,
  parseServerNumber,
  parseServerStrings,
  parseServerTime,
  trimAsServer,
} from "./server_values.ts";

/** Whether a comparison holds; both texts as they are. */
type Test = (actual: string, value: string) => boolean;

const isBlank: Test = (actual) => trimAsServer(actual) === "";
const isNotBlank: Test = (actual) => trimAsServer(actual) !== "";

const STRINGS: Readonly<Record<StringOperator, Test>> = {
  empty: isBlank,
  notempty: isNotBlank,
  eq: present((actual, value) => actual === value),
  neq: present((actual, value) => actual !== value),
  prefix: present((actual, value) => trimAsServer(actual).startsWith(value)),
  suffix: present((actual, value) => trimAsServer(actual).endsWith(value)),
  contains: present((actual, value) => actual.includes(value)),
  notcontains: present((actual, value) => !actual.includes(value)),
  isoneof: present((actual, value) => parseServerStrings(value)?.includes(actual) ?? false),
  isnotoneof: present((actual, value) => parseServerStrings(value)?.includes(actual) === false),
};

const NUMBERS: Readonly<Record<NumberOperator, Test>> = {
  present: isNotBlank,
  notpresent: isBlank,
  eq: numbers((actual, bound) => actual === bound),
  neq: numbers((actual, bound) => actual !== bound),
  lt: numbers((actual, bound) => actual < bound),
  lte: numbers((actual, bound) => actual <= bound),
  gt: numbers((actual, bound) => actual > bound),
  gte: numbers((actual, bound) => actual >= bound),
  isoneof: floats((actual, list) => list.indexOf(actual) >= 0),
  isnotoneof: floats((actual, list) => list.indexOf(actual) < 0),
};

const BOOLEANS: Readonly<Record<BooleanOperator, Test>> = {
  present: isNotBlank,
  notpresent: isBlank,
  true: (actual) => parseServerBoolean(actual) === true,
  false: (actual) => parseServerBoolean(actual) === false,
};

const TIMES: Readonly<Record<DatetimeOperator, Test>> = {
  present: isNotBlank,
  notpresent: isBlank,
  eq: times((order) => order === 0),
  neq: times((order) => order !== 0),
  lt: times((order) => order < 0),
  lte: times((order) => order <= 0),
  gt: times((order) => order > 0),
  gte: times((order) => order >= 0),
};

const TESTS: Readonly<Record<ConstraintType, Readonly<Record<string, Test>>>> = {
  STRING_CONSTRAINT_COMPARISON_TYPE: STRINGS,
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: STRINGS,
  NUMBER_CONSTRAINT_COMPARISON_TYPE: NUMBERS,
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: BOOLEANS,
  DATETIME_CONSTRAINT_COMPARISON_TYPE: TIMES,
};

/**
 * Whether a constraint holds for the server's own API.
 * @param actual The text of the property, or the entity id; `""` for an absent one.
 */
export function serverHolds({ type, operator, value }: DocumentConstraint, actual: string): boolean {
  return ofOperator(ofOperator(TESTS, type) ?? {}, operator)?.(actual, value) ?? false;
}

/** An empty text matches nothing that compares; one of blanks does. */
function present(test: Test): Test {
  return (actual, value) => actual !== "" && test(actual, value);
}

function numbers(test: (actual: number, bound: number) => boolean): Test {
  return (actual, value) => {
    const [read, bound] = [parseServerNumber(actual), parseServerNumber(value)];
    return read !== undefined && bound !== undefined && test(read, bound);
  };
}

function floats(test: (actual: number, list: readonly number[]) => boolean): Test {
  return (actual, value) => {
    const [read, list] = [parseServerNumber(actual), parseServerFloats(value)];
    return read !== undefined && list !== undefined && test(read, list);
  };
}

function times(test: (order: number) => boolean): Test {
  return (actual, value) => {
    const [read, bound] = [parseServerTime(actual), parseServerTime(value)];
    return read !== undefined && bound !== undefined && test(compareServerTimes(read, bound));
  };
}
