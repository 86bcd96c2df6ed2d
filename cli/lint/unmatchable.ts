// Constraints that nothing can match in clients, whatever the context is.

import { quote } from "../../core/describe.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import { parseIntegers, parseStrings } from "../../engines/rules/lists.ts";
import { parseInteger } from "../../engines/rules/numbers.ts";
import type { ConstraintType } from "../../engines/rules/operators.ts";
import { ofOperator, OPERATORS } from "../../engines/rules/operators.ts";
import { parseTime } from "../../engines/rules/times.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";

const LEAST = -0x80000000;
const MOST = 0x7fffffff;
const WITHOUT_VALUE: readonly string[] = ["empty", "notempty", "present", "notpresent", "true", "false"];

/** Why nothing matches a constraint in clients; `undefined` where something does. */
export function whyUnmatchable(constraint: DocumentConstraint): string | undefined {
  const { type, operator, value } = constraint;
  const operators: readonly string[] | undefined = ofOperator<ConstraintType, readonly string[]>(
    OPERATORS,
    type,
  );
  if (operators === undefined) return `${quote(type)} is no type of constraints`;
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
        ? `${quote(value)} is no RFC 3339 time with an offset`
        : undefined;
    case "boolean":
    case "unknown":
      return undefined;
  }
}

function ofTexts(operator: string, value: string): string | undefined {
  if (operator === "eq" && value === "") return "an empty text is matched by the operator empty only";
  if (operator === "notcontains" && value === "") return "every text contains the empty text";
  if (operator !== "isoneof") return undefined;
  const list = parseStrings(value);
  if (list === undefined) return "its value is no list of strings that clients can read";
  return [...list].every((element) => element === "") ? "its list is empty" : undefined;
}

function ofNumbers(operator: string, value: string): string | undefined {
  if (operator === "isoneof" || operator === "isnotoneof") {
    const list = parseIntegers(value);
    if (list === undefined) return "its value is no list of whole numbers of 32 bits";
    return operator === "isoneof" && list.size === 0 ? "its list is empty" : undefined;
  }
  const bound = parseInteger(value);
  if (Number.isNaN(bound)) return `${quote(value)} is no whole number of 32 bits`;
  const isBeyond = operator === "lt" && bound === LEAST || operator === "gt" && bound === MOST;
  return isBeyond ? "there is no such number of 32 bits" : undefined;
}
