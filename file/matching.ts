// Finds constraints that do not do in clients what they seem to. Clients compare 32-bit integers, times with an offset, and
// lists without escapes; the evaluation API of a server accepts more.

import type { ConstraintType } from "../engines/rules/operators.ts";
import { parseIntegers, parseStrings } from "../engines/rules/lists.ts";
import { parseInteger } from "../engines/rules/numbers.ts";
import { parseTime } from "../engines/rules/times.ts";
import { quoted } from "./tree.ts";
import type { WarningRule } from "./warning_rules.ts";

/** The limits of numbers in clients. */
const MIN_INTEGER = -2147483648;
const MAX_INTEGER = 2147483647;

/** Why a constraint does not do what it seems to. */
export interface ConstraintFault {
  /** The rule of the warning. */
  readonly rule: WarningRule & ("never-matches" | "always-matches");
  /** What it does in clients, and how to fix it. */
  readonly message: string;
}

/** The parts of a constraint that matter here. */
export interface ConstraintValue {
  /** The type, as named in documents. */
  readonly type: ConstraintType;
  /** The operator. */
  readonly operator: string;
  /** The value. */
  readonly value: string;
}

/** Returns why a constraint does not do what it seems to, or `undefined` if it does. */
export function constraintFault({ type, operator, value }: ConstraintValue): ConstraintFault | undefined {
  switch (type) {
    case "NUMBER_CONSTRAINT_COMPARISON_TYPE":
      if (isPresence(operator)) return undefined;
      return isList(operator) ? numberListFault(operator, value) : numberFault(operator, value);
    case "DATETIME_CONSTRAINT_COMPARISON_TYPE":
      return isPresence(operator) ? undefined : timeFault(operator, value);
    case "BOOLEAN_CONSTRAINT_COMPARISON_TYPE":
      return undefined;
    case "STRING_CONSTRAINT_COMPARISON_TYPE":
    case "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE":
      if (operator === "empty" && type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE") {
        return never("empty never matches: the entity id is never empty");
      }
      if (isPresence(operator)) return undefined;
      return isList(operator) ? stringListFault(operator, value) : stringFault(operator, value);
  }
}

function isPresence(operator: string): boolean {
  return ["present", "notpresent", "empty", "notempty"].includes(operator);
}

function isList(operator: string): boolean {
  return operator === "isoneof" || operator === "isnotoneof";
}

function never(message: string): ConstraintFault {
  return { rule: "never-matches", message };
}

function numberFault(operator: string, value: string): ConstraintFault | undefined {
  const bound = parseInteger(value);
  if (operator === "lt" && bound === MIN_INTEGER) {
    return never(`no integer is less than ${MIN_INTEGER}: use lte`);
  }
  if (operator === "gt" && bound === MAX_INTEGER) {
    return never(`no integer is greater than ${MAX_INTEGER}: use gte`);
  }
  if (!Number.isNaN(bound)) return undefined;
  if (value === "") return never(`${operator} without a value never matches: add value: "…"`);
  return never(
    `${operator} ${
      quoted(value)
    } never matches: clients compare integers from -2147483648 to 2147483647 only, while ` +
      "a server itself compares floats: use an integer",
  );
}

function timeFault(operator: string, value: string): ConstraintFault | undefined {
  if (!Number.isNaN(parseTime(value))) return undefined;
  if (value === "") return never(`${operator} without a value never matches: add value: "…"`);
  const isDate = !Number.isNaN(parseTime(`${value}T00:00:00Z`));
  return never(
    `${operator} ${quoted(value)} never matches: ` +
      (isDate
        ? `clients need a date with a time, while a server itself does not: use "${value}T00:00:00Z"`
        : 'clients need a date with a time and an offset, such as "2026-01-31T00:00:00Z"'),
  );
}

function numberListFault(operator: string, value: string): ConstraintFault | undefined {
  const numbers = parseIntegers(value);
  if (numbers !== undefined) return numbers.size > 0 ? undefined : emptyList(operator);
  return never(
    `${operator} ${
      quoted(value)
    } never matches: clients need a list of integers from -2147483648 to 2147483647, ` +
      "such as [1, 2]",
  );
}

function stringListFault(operator: string, value: string): ConstraintFault | undefined {
  const strings = parseStrings(value);
  if (strings !== undefined) return strings.size > 0 ? undefined : emptyList(operator);
  const isOneOf = operator === "isoneof";
  const effect = isOneOf ? "never matches" : "matches every string";
  const reason = value.includes("\\")
    ? `lists with escapes: use a constraint with ${isOneOf ? "eq" : "neq"} for each such string`
    : 'it: use a list of strings, such as ["a", "b"]';
  return {
    rule: isOneOf ? "never-matches" : "always-matches",
    message: `${operator} ${quoted(value)} ${effect}: clients cannot parse ${reason}`,
  };
}

function emptyList(operator: string): ConstraintFault {
  return operator === "isoneof"
    ? never("isoneof with an empty list never matches: add a value")
    : { rule: "always-matches", message: "isnotoneof with an empty list matches every value: add a value" };
}

function stringFault(operator: string, value: string): ConstraintFault | undefined {
  if (value !== "") return undefined;
  if (operator === "eq") {
    return never("eq without a value never matches: add value: …, or use the operator empty");
  }
  if (operator === "notcontains") return never("notcontains without a value never matches: add value: …");
  return {
    rule: "always-matches",
    message: `${operator} without a value matches every string: add value: …, or use the operator notempty`,
  };
}
