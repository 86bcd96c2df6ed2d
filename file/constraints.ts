// The constraints of segments: which operators each type has, and what they are compared with.

import type { ConstraintType, ListOperator, PresenceOperator } from "../engines/rules/operators.ts";
import {
  BOOLEAN_OPERATORS,
  DATETIME_OPERATORS,
  NUMBER_OPERATORS,
  STRING_OPERATORS,
} from "../engines/rules/operators.ts";
import { parseTime } from "../engines/rules/times.ts";
import type { DocumentConstraint } from "../engines/document.ts";
import type { Members } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import { jsonOf, nameOf, quoted } from "./tree.ts";
import type { Node } from "./tree.ts";

/** The name of a type in a file, which is shorter than that in a document. */
type FileType = ConstraintType extends `${infer Kind}_CONSTRAINT_COMPARISON_TYPE` ? `${Kind}_COMPARISON_TYPE`
  : never;

/** The operators of each type, by the type's name in a file. */
const operators: Readonly<Record<FileType, readonly string[]>> = {
  STRING_COMPARISON_TYPE: STRING_OPERATORS,
  NUMBER_COMPARISON_TYPE: NUMBER_OPERATORS,
  BOOLEAN_COMPARISON_TYPE: BOOLEAN_OPERATORS,
  DATETIME_COMPARISON_TYPE: DATETIME_OPERATORS,
  ENTITY_ID_COMPARISON_TYPE: STRING_OPERATORS,
};

const types = Object.keys(operators) as FileType[];

const withoutValue: ReadonlySet<string> = new Set<PresenceOperator | "true" | "false">([
  "present",
  "notpresent",
  "empty",
  "notempty",
  "true",
  "false",
]);
const withList: ReadonlySet<string> = new Set<ListOperator>(["isoneof", "isnotoneof"]);

/** The names of a constraint's members. */
export const constraintMembers = ["type", "property", "operator", "value", "description"] as const;

/**
 * Reads a constraint as servers send it; `undefined` when it is not usable.
 * @param takesLists whether the version of the file has lists as values, and not only as JSON in a text.
 */
export function readConstraint(
  members: Members,
  takesLists: boolean,
  problems: FileProblems,
): DocumentConstraint | undefined {
  members.text("description");
  const type = members.requiredOneOf("type", types);
  const property = members.requiredText("property");
  // Without a type any operator may be meant, and none is looked at.
  const operator = type === undefined
    ? undefined
    : members.requiredOneOf<string>("operator", operators[type]);
  if (type === undefined || property === undefined || operator === undefined) return undefined;
  const value = readValue(members, type, operator, takesLists, problems);
  if (value === undefined) return undefined;
  return {
    type: type.replace("_COMPARISON_TYPE", "_CONSTRAINT_COMPARISON_TYPE"),
    property: property.text,
    operator,
    value,
  };
}

function readValue(
  members: Members,
  type: FileType,
  operator: string,
  takesLists: boolean,
  problems: FileProblems,
): string | undefined {
  const node = members.node("value");
  if (withoutValue.has(operator)) return members.text("value") ?? "";
  if (withList.has(operator)) return readList(members, type, operator, takesLists, problems);
  const value = members.text("value");
  if (value === undefined) {
    if (node === undefined) {
      problems.add(members.placeOf("value"), `the operator ${operator} needs a value: add value: …`);
    }
    return undefined;
  }
  const wanted = type === "NUMBER_COMPARISON_TYPE" && !isNumber(value)
    ? "a number"
    : type === "DATETIME_COMPARISON_TYPE" && !isTime(value)
    ? 'a time such as "2026-01-31T00:00:00Z"'
    : undefined;
  if (wanted === undefined) return value;
  problems.add(node?.at, `the value of a ${type} must be ${wanted}, not ${quoted(value)}`);
  return undefined;
}

/** A list as JSON in a text: as servers send it. */
function readList(
  members: Members,
  type: FileType,
  operator: string,
  takesLists: boolean,
  problems: FileProblems,
): string | undefined {
  const node = members.node("value");
  const isNumeric = type === "NUMBER_COMPARISON_TYPE";
  const example = isNumeric ? "'[1, 2]'" : `'["a", "b"]'`;
  const wanted =
    `the value of ${operator} must be a list of ${isNumeric ? "numbers" : "texts"} as JSON in a text, ` +
    `such as value: ${example}`;
  if (node === undefined) problems.add(members.placeOf("value"), wanted);
  else if (node.kind === "list" && takesLists) {
    if (node.items.every((item) => isOf(item, isNumeric))) return jsonOf(node);
    problems.add(node.at, `the value of ${operator} must be a list of ${isNumeric ? "numbers" : "texts"}`);
  } else if (node.kind !== "scalar" || typeof node.value !== "string") {
    problems.add(node.at, `${wanted}, not ${nameOf(node)}`);
  } else if (isJsonList(node.value, isNumeric ? "number" : "string")) return node.value;
  else problems.add(node.at, `${wanted}, not ${quoted(node.value)}`);
  return undefined;
}

function isOf(node: Node, isNumeric: boolean): boolean {
  return node.kind === "scalar" && typeof node.value === (isNumeric ? "number" : "string");
}

function isJsonList(text: string, type: "number" | "string"): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === type);
  } catch {
    return false;
  }
}

function isNumber(text: string): boolean {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text);
}

function isTime(text: string): boolean {
  return !Number.isNaN(parseTime(text)) || !Number.isNaN(parseTime(`${text}T00:00:00Z`));
}
