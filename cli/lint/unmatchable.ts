// Finds out why a constraint can never match in clients, whatever the context is.

import { quote } from "../../core/describe.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import { parseIntegers, parseStrings } from "../../engines/rules/lists.ts";
import { parseInteger } from "../../engines/rules/numbers.ts";
import type { ConstraintType } from "../../engines/rules/operators.ts";
import { ofOperator, OPERATORS } from "../../engines/rules/operators.ts";
import { parseTime } from "../../engines/rules/times.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";

const MIN_INT32 = -0x80000000;
const MAX_INT32 = 0x7fffffff;
const WITHOUT_VALUE: readonly string[] = ["empty", "notempty", "present", "notpresent", "true", "false"];

/** Returns why a constraint never matches in clients, or `undefined` when it can match. */
export function whyUnmatchable(constraint: DocumentConstraint): string | undefined {
  const { type, operator, value } = constraint;
  const operators: readonly string[] | undefined = ofOperator<ConstraintType, readonly string[]>(
    OPERATORS,
    type,
  );
  if (operators === undefined) return `${quote(type)} is not a constraint type`;
  if (!operators.includes(operator)) return `${type} has no operator ${quote(operator)}`;
  if (operator === "empty" && readAs(constraint) === "entity") return "an entity id is never empty";
  if (WITHOUT_VALUE.includes(operator)) return undefined;
  switch (readAs(constraint)) {
    case "string":
    case "entity":
      return ofTexts(operator, value);
    case "number":
      return ofNumbers(operator, value);
    case "time":
      return Number.isNaN(parseTime(value))
        ? `${quote(value)} is not an RFC 3339 time with an offset`
        : undefined;
    case "boolean":
    case "unknown":
      return undefined;
  }
}

function ofTexts(operator: string, value: string): string | undefined {
  if (operator === "eq" && value === "") return "only the operator empty matches an empty string";
  if (operator === "notcontains" && value === "") return "every string contains the empty string";
  if (operator !== "isoneof") return undefined;
  const list = parseStrings(value);
  if (list === undefined) return "its value is not a list of strings that clients can parse";
  return [...list].every((element) => element === "") ? "its list is empty" : undefined;
}

function ofNumbers(operator: string, value: string): string | undefined {
  if (operator === "isoneof" || operator === "isnotoneof") {
    const list = parseIntegers(value);
    if (list === undefined) return "its value is not a list of 32-bit integers";
    return operator === "isoneof" && list.size === 0 ? "its list is empty" : undefined;
  }
  const bound = parseInteger(value);
  if (Number.isNaN(bound)) return `${quote(value)} is not a 32-bit integer`;
  const isBeyond = operator === "lt" && bound === MIN_INT32 || operator === "gt" && bound === MAX_INT32;
  return isBeyond ? "there is no such 32-bit integer" : undefined;
}
