// Reads the constraints of segments, and checks their operators and values.

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
import { describeNode, jsonOf, quoted } from "./tree.ts";
import type { Node } from "./tree.ts";

/** The name of a constraint type in a file, which is shorter than in a document. */
type FileType = ConstraintType extends `${infer Kind}_CONSTRAINT_COMPARISON_TYPE` ? `${Kind}_COMPARISON_TYPE`
  : never;

/** The operators of each type. */
const OPERATORS: Readonly<Record<FileType, readonly string[]>> = {
  STRING_COMPARISON_TYPE: STRING_OPERATORS,
  NUMBER_COMPARISON_TYPE: NUMBER_OPERATORS,
  BOOLEAN_COMPARISON_TYPE: BOOLEAN_OPERATORS,
  DATETIME_COMPARISON_TYPE: DATETIME_OPERATORS,
  ENTITY_ID_COMPARISON_TYPE: STRING_OPERATORS,
};

const TYPES = Object.keys(OPERATORS) as FileType[];

const WITHOUT_VALUE: ReadonlySet<string> = new Set<PresenceOperator | "true" | "false">([
  "present",
  "notpresent",
  "empty",
  "notempty",
  "true",
  "false",
]);
const WITH_LIST: ReadonlySet<string> = new Set<ListOperator>(["isoneof", "isnotoneof"]);

/** The members of a constraint. */
export const CONSTRAINT_MEMBERS = ["type", "property", "operator", "value", "description"] as const;

/**
 * Reads a constraint. Returns it as a server sends it, or `undefined` when it is invalid.
 * @param allowsLists Whether the version of the file allows a list as the value, and not only JSON in a string.
 */
export function readConstraint(
  members: Members,
  allowsLists: boolean,
  problems: FileProblems,
): DocumentConstraint | undefined {
  members.string("description");
  const type = members.requiredOneOf("type", TYPES);
  const property = members.requiredString("property");
  // Without a type the valid operators are unknown.
  const operator = type === undefined
    ? undefined
    : members.requiredOneOf<string>("operator", OPERATORS[type]);
  if (type === undefined || property === undefined || operator === undefined) return undefined;
  const value = readValue({ members, type, operator, allowsLists, problems });
  if (value === undefined) return undefined;
  return {
    type: type.replace("_COMPARISON_TYPE", "_CONSTRAINT_COMPARISON_TYPE"),
    property: property.value,
    operator,
    value,
  };
}

/** A constraint with a valid type and operator, whose value is still to be read. */
interface ConstraintInput {
  readonly members: Members;
  readonly type: FileType;
  readonly operator: string;
  readonly allowsLists: boolean;
  readonly problems: FileProblems;
}

function readValue(input: ConstraintInput): string | undefined {
  const { members, type, operator, problems } = input;
  const node = members.node("value");
  if (WITHOUT_VALUE.has(operator)) return members.string("value") ?? "";
  if (WITH_LIST.has(operator)) return readList(input);
  const value = members.string("value");
  if (value === undefined) {
    if (node === undefined) {
      problems.add(members.placeOf("value"), `the operator ${operator} needs a value: add value: …`);
    }
    return undefined;
  }
  const expected = type === "NUMBER_COMPARISON_TYPE" && !isNumber(value)
    ? "a number"
    : type === "DATETIME_COMPARISON_TYPE" && !isTime(value)
    ? 'a time such as "2026-01-31T00:00:00Z"'
    : undefined;
  if (expected === undefined) return value;
  problems.add(node?.at, `the value of a ${type} must be ${expected}, not ${quoted(value)}`);
  return undefined;
}

/** Reads a list. Returns it as JSON, as a server sends it. */
function readList({ members, type, operator, allowsLists, problems }: ConstraintInput): string | undefined {
  const node = members.node("value");
  const itemType = type === "NUMBER_COMPARISON_TYPE" ? "number" : "string";
  const example = itemType === "number" ? "'[1, 2]'" : `'["a", "b"]'`;
  const expected =
    `the value of ${operator} must be a JSON list of ${itemType}s in a string, such as value: ${example}`;
  if (node === undefined) problems.add(members.placeOf("value"), expected);
  else if (node.kind === "list" && allowsLists) {
    if (node.items.every((item) => isScalar(item, itemType))) return jsonOf(node);
    problems.add(node.at, `the value of ${operator} must be a list of ${itemType}s`);
  } else if (node.kind !== "scalar" || typeof node.value !== "string") {
    problems.add(node.at, `${expected}, not ${describeNode(node)}`);
  } else if (isJsonList(node.value, itemType)) return node.value;
  else problems.add(node.at, `${expected}, not ${quoted(node.value)}`);
  return undefined;
}

function isScalar(node: Node, type: "number" | "string"): boolean {
  return node.kind === "scalar" && typeof node.value === type;
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
