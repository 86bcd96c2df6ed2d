// Reads the constraints of segments. What servers accept but no client can match is a warning.

import type { ConstraintType } from "../engines/rules/operators.ts";
import {
  BOOLEAN_OPERATORS,
  DATETIME_OPERATORS,
  NUMBER_OPERATORS,
  STRING_OPERATORS,
} from "../engines/rules/operators.ts";
import type { DocumentConstraint } from "../engines/document.ts";
import { constraintFault, faultText } from "./matching.ts";
import type { Members } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import {
  ENCODED,
  ENCODED_DOUBLES,
  integerOf,
  isInRange,
  jsonOf,
  PROTOBUF,
  stringJson,
} from "./server_json.ts";
import { describeNode, quoted } from "./tree.ts";
import type { ListNode, Node } from "./tree.ts";

/** The name of a constraint type in a file, which is shorter than in a document. */
type FileType = ConstraintType extends `${infer Kind}_CONSTRAINT_COMPARISON_TYPE` ? `${Kind}_COMPARISON_TYPE`
  : never;

/** The name in a document and the operators of each type. */
const TYPES = {
  STRING_COMPARISON_TYPE: ["STRING_CONSTRAINT_COMPARISON_TYPE", STRING_OPERATORS],
  NUMBER_COMPARISON_TYPE: ["NUMBER_CONSTRAINT_COMPARISON_TYPE", NUMBER_OPERATORS],
  BOOLEAN_COMPARISON_TYPE: ["BOOLEAN_CONSTRAINT_COMPARISON_TYPE", BOOLEAN_OPERATORS],
  DATETIME_COMPARISON_TYPE: ["DATETIME_CONSTRAINT_COMPARISON_TYPE", DATETIME_OPERATORS],
  ENTITY_ID_COMPARISON_TYPE: ["ENTITY_ID_CONSTRAINT_COMPARISON_TYPE", STRING_OPERATORS],
} as const satisfies Readonly<Record<FileType, readonly [ConstraintType, readonly string[]]>>;

const TYPE_NAMES = Object.keys(TYPES) as FileType[];

/** The members of a constraint. */
export const CONSTRAINT_MEMBERS = ["type", "property", "operator", "value", "description"] as const;

/**
 * Reads a constraint. Returns it as a server sends it, or `undefined` when it is invalid.
 * @param hasLists Whether a list is a list in the version of the file, and not JSON in a string.
 */
export function readConstraint(
  members: Members,
  hasLists: boolean,
  problems: FileProblems,
): DocumentConstraint | undefined {
  members.string("description");
  const name = members.requiredOneOf("type", TYPE_NAMES);
  const property = members.requiredString("property");
  // Without a type the valid operators are unknown.
  if (name === undefined) return undefined;
  const [type, operators] = TYPES[name];
  const operator = members.requiredOneOf<string>("operator", operators);
  if (property === undefined || operator === undefined) return undefined;
  const isList = operator === "isoneof" || operator === "isnotoneof";
  const value = isList && hasLists
    ? readList(members, name === "NUMBER_COMPARISON_TYPE", operator, problems)
    : readString(members, isList, operator, problems);
  if (value === undefined) return undefined;
  const fault = constraintFault({ type, operator, value });
  if (fault !== undefined) {
    const place = members.node("value")?.at ?? members.placeOf("operator");
    const text = value === "" ? operator : `${operator} ${quoted(value)}`;
    problems.warn(place, fault.rule, faultText(text, fault) + escapeHint(members));
  }
  return { type, property: property.value, operator, value };
}

/** Reads a value that is a string. Returns `undefined` when it is invalid. */
function readString(
  members: Members,
  isList: boolean,
  operator: string,
  problems: FileProblems,
): string | undefined {
  const node = members.node("value");
  if (node === undefined) {
    if (!isList && !members.isPresent("value")) return "";
    if (!members.isPresent("value")) {
      problems.add(members.placeOf("value"), `the operator ${operator} needs a value: add ${LIST_EXAMPLE}`);
    }
    return undefined;
  }
  if (node.kind === "list") {
    problems.add(
      node.at,
      isList
        ? `the value of ${operator} must be a JSON list in a string before version 1.6, such as ${LIST_EXAMPLE}, not a list: ` +
          'write a string, or version: "1.6"'
        : "value of a constraint must be a string, not a list: use isoneof or isnotoneof to compare with a list",
    );
    return undefined;
  }
  const value = members.string("value");
  return value === undefined ? undefined : sentString(node, value, problems);
}

const LIST_EXAMPLE = `value: '["a", "b"]'`;

/** Reads a list. Returns it as JSON, as a server sends it. */
function readList(
  members: Members,
  isNumeric: boolean,
  operator: string,
  problems: FileProblems,
): string | undefined {
  const node = members.node("value");
  if (node === undefined) return members.isPresent("value") ? undefined : "";
  const expected = `the value of ${operator} must be a list of ${isNumeric ? "numbers" : "strings"}`;
  if (node.kind !== "list") {
    const isJson = node.kind === "scalar" && typeof node.value === "string";
    const example = isNumeric ? "[1, 2]" : "[a, b]";
    problems.add(
      node.at,
      `${expected} since version 1.6, such as value: ${example}, not ${describeNode(node)}` +
        (isJson ? ': write a list, or version: "1.5"' : ""),
    );
    return undefined;
  }
  const other = node.items.find((item) => !isOf(item, isNumeric));
  if (other !== undefined) {
    problems.add(
      other.at,
      `${expected}, but contains ${describeNode(other)}${isNumeric ? "" : ": put strings in quotes"}`,
    );
    return undefined;
  }
  const large = node.items.find((item) => {
    const integer = item.kind === "scalar" && typeof item.value === "number" ? integerOf(item) : undefined;
    return integer !== undefined && !isInRange(integer);
  });
  if (large !== undefined) {
    problems.add(
      large.at,
      `${describeNode(large)} does not fit into 64 bits, which is the limit of servers for numbers in lists`,
    );
    return undefined;
  }
  return sentList(node, problems);
}

function isOf(item: Node, isNumeric: boolean): boolean {
  return item.kind === "scalar" && typeof item.value === (isNumeric ? "number" : "string");
}

function sentList(node: ListNode, problems: FileProblems): string {
  const style = problems.isJson ? ENCODED_DOUBLES : ENCODED;
  const items = node.items.map((item) =>
    item.kind === "scalar" && typeof item.value === "string"
      ? stringJson(sentString(item, item.value, problems), style)
      : jsonOf(item, style)
  );
  return `[${items.join(",")}]`;
}

/** Returns a string as a server sends it, which for an unquoted date is not what is written. */
function sentString(node: Node, value: string, problems: FileProblems): string {
  if (node.kind !== "scalar" || node.time === undefined) return value;
  problems.warn(
    node.at,
    "unquoted-date",
    `a server turns this date into ${quoted(node.time)}: put it in quotes, "${value}"`,
  );
  return node.time;
}

/** Returns what else to do about a list that a server escapes. */
function escapeHint(members: Members): string {
  const node = members.node("value");
  if (node?.kind !== "list" || !/[&<>\u2028\u2029]/.test(jsonOf(node, PROTOBUF))) return "";
  return '; or write version: "1.5" and the list as JSON in a string, which servers do not escape';
}
