// Finds constraints that do not do in clients what they seem to. Clients compare 32-bit integers, times with an offset, and
// lists without escapes; the evaluation API of a server accepts more.

import { quote } from "../core/describe.ts";
import type { ConstraintType } from "../engines/rules/operators.ts";
import { ofOperator, OPERATORS } from "../engines/rules/operators.ts";
import { parseIntegers, parseStrings } from "../engines/rules/lists.ts";
import { parseInteger } from "../engines/rules/numbers.ts";
import { parseTime } from "../engines/rules/times.ts";
import type { WarningRule } from "./warning_rules.ts";

/** The limits of numbers in clients. */
const MIN_INTEGER = -2147483648;
const MAX_INTEGER = 2147483647;
const INTEGERS = `integers from ${MIN_INTEGER} to ${MAX_INTEGER}`;

/** Why a constraint does not do what it seems to. */
export interface ConstraintFault {
  /** The rule of the warning. */
  readonly rule: WarningRule & ("never-matches" | "always-matches");
  /** What it does in clients: `never matches`. */
  readonly effect: string;
  /** Why. */
  readonly reason: string;
  /** What a server's own evaluation API does with it, if that is another thing. */
  readonly onServer?: string;
  /** How to fix it. */
  readonly advice: string;
}

/** The parts of a constraint that matter here. */
export interface ConstraintValue {
  /** The type, as named in documents. */
  readonly type: string;
  /** The operator. */
  readonly operator: string;
  /** The value. */
  readonly value: string;
}

/** Returns why a constraint does not do what it seems to, or `undefined` if it does. */
export function constraintFault({ type, operator, value }: ConstraintValue): ConstraintFault | undefined {
  const operators: readonly string[] | undefined = ofOperator<ConstraintType, readonly string[]>(
    OPERATORS,
    type,
  );
  if (operators === undefined) {
    return never(`${quote(type)} is not a constraint type`, `use ${Object.keys(OPERATORS).join(", ")}`);
  }
  if (!operators.includes(operator)) {
    return never(`${type} has no operator ${quote(operator)}`, `use ${operators.join(", ")}`);
  }
  switch (type as ConstraintType) {
    case "NUMBER_CONSTRAINT_COMPARISON_TYPE":
      if (isPresence(operator)) return undefined;
      return isList(operator) ? numberListFault(operator, value) : numberFault(operator, value);
    case "DATETIME_CONSTRAINT_COMPARISON_TYPE":
      return isPresence(operator) ? undefined : timeFault(value);
    case "BOOLEAN_CONSTRAINT_COMPARISON_TYPE":
      return undefined;
    case "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE":
      if (operator === "empty") return never("the entity id is never empty", "use another operator");
      if (operator === "notempty") {
        return always("entity", "the entity id is never empty", "leave the constraint out");
      }
      return stringFault(operator, value);
    case "STRING_CONSTRAINT_COMPARISON_TYPE":
      return stringFault(operator, value);
  }
}

/** Returns a fault of a constraint on one line, which starts with the constraint. */
export function faultText(constraint: string, { effect, reason, onServer, advice }: ConstraintFault): string {
  return `${constraint} ${effect}: ${reason}${
    onServer === undefined ? "" : `, while ${onServer}`
  }: ${advice}`;
}

function isPresence(operator: string): boolean {
  return ["present", "notpresent", "empty", "notempty"].includes(operator);
}

function isList(operator: string): boolean {
  return operator === "isoneof" || operator === "isnotoneof";
}

function never(reason: string, advice: string, onServer?: string): ConstraintFault {
  return { rule: "never-matches", effect: "never matches", reason, advice, onServer };
}

function always(what: string, reason: string, advice: string): ConstraintFault {
  return { rule: "always-matches", effect: `matches every ${what}`, reason, advice };
}

const NO_VALUE = "it has no value";
const EMPTY_LIST = "its list is empty";

function numberFault(operator: string, value: string): ConstraintFault | undefined {
  const bound = parseInteger(value);
  if (operator === "lt" && bound === MIN_INTEGER) {
    return never(`clients compare ${INTEGERS} only, and none is less`, "use lte");
  }
  if (operator === "gt" && bound === MAX_INTEGER) {
    return never(`clients compare ${INTEGERS} only, and none is greater`, "use gte");
  }
  if (!Number.isNaN(bound)) return undefined;
  if (value === "") return never(NO_VALUE, 'add value: "…"');
  return never(`clients compare ${INTEGERS} only`, "use an integer", "a server itself compares floats");
}

function timeFault(value: string): ConstraintFault | undefined {
  if (!Number.isNaN(parseTime(value))) return undefined;
  if (value === "") return never(NO_VALUE, 'add value: "…"');
  const withTime = `${value}T00:00:00Z`;
  if (!Number.isNaN(parseTime(withTime))) {
    return never("clients need a date with a time", `use "${withTime}"`, "a server itself does not");
  }
  return never("clients need a date with a time and an offset", 'write it as in "2026-01-31T00:00:00Z"');
}

function numberListFault(operator: string, value: string): ConstraintFault | undefined {
  const numbers = parseIntegers(value);
  if (numbers === undefined) return never(`clients need a list of ${INTEGERS}`, "write it as in [1, 2]");
  return numbers.size > 0 ? undefined : emptyListFault(operator, "integer");
}

function stringListFault(operator: string, value: string): ConstraintFault | undefined {
  const strings = parseStrings(value);
  if (strings !== undefined) {
    // An empty string is never compared.
    return [...strings].some((element) => element !== "") ? undefined : emptyListFault(operator, "string");
  }
  const isOneOf = operator === "isoneof";
  const hasEscapes = value.includes("\\");
  const reason = hasEscapes
    ? "clients cannot parse lists with escapes"
    : "its value is not a list of strings";
  const advice = hasEscapes
    ? `use a constraint with ${isOneOf ? "eq" : "neq"} for each such string`
    : 'write it as in ["a", "b"]';
  return isOneOf ? never(reason, advice) : always("string", reason, advice);
}

function emptyListFault(operator: string, what: string): ConstraintFault {
  return operator === "isoneof" ? never(EMPTY_LIST, "add a value") : always(what, EMPTY_LIST, "add a value");
}

function stringFault(operator: string, value: string): ConstraintFault | undefined {
  if (isPresence(operator)) return undefined;
  if (isList(operator)) return stringListFault(operator, value);
  if (value !== "") return undefined;
  switch (operator) {
    case "eq":
      return never(NO_VALUE, "add one, or use the operator empty");
    case "notcontains":
      return never("it has no value, and every string contains the empty string", "add a value");
    default:
      return always("string", NO_VALUE, "add one, or use the operator notempty");
  }
}
