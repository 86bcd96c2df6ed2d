// The operators of constraints: the one table. Whatever is said of each operator elsewhere is a `Record` of these types,
// so that one that is forgotten does not compile; a test compares the table with the crate's.

/** The operators of texts: of string constraints, and of those that compare the entity id. */
export const STRING_OPERATORS = [
  "eq",
  "neq",
  "empty",
  "notempty",
  "prefix",
  "suffix",
  "contains",
  "notcontains",
  "isoneof",
  "isnotoneof",
] as const;

/** The operators of number constraints. */
export const NUMBER_OPERATORS = [
  "eq",
  "neq",
  "present",
  "notpresent",
  "lt",
  "lte",
  "gt",
  "gte",
  "isoneof",
  "isnotoneof",
] as const;

/** The operators of boolean constraints. */
export const BOOLEAN_OPERATORS = ["true", "false", "present", "notpresent"] as const;

/** The operators of constraints on dates and times. */
export const DATETIME_OPERATORS = ["eq", "neq", "present", "notpresent", "lt", "lte", "gt", "gte"] as const;

/** The operators of each type of constraint, by the type's name in a document. */
export const OPERATORS = {
  STRING_CONSTRAINT_COMPARISON_TYPE: STRING_OPERATORS,
  NUMBER_CONSTRAINT_COMPARISON_TYPE: NUMBER_OPERATORS,
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: BOOLEAN_OPERATORS,
  DATETIME_CONSTRAINT_COMPARISON_TYPE: DATETIME_OPERATORS,
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: STRING_OPERATORS,
} as const;

/** The name of a type of constraint in a document. */
export type ConstraintType = keyof typeof OPERATORS;
/** An operator of texts. */
export type StringOperator = typeof STRING_OPERATORS[number];
/** An operator of number constraints. */
export type NumberOperator = typeof NUMBER_OPERATORS[number];
/** An operator of boolean constraints. */
export type BooleanOperator = typeof BOOLEAN_OPERATORS[number];
/** An operator of constraints on dates and times. */
export type DatetimeOperator = typeof DATETIME_OPERATORS[number];

/** The operators that ask whether there is a value at all. */
export type PresenceOperator = "present" | "notpresent" | "empty" | "notempty";
/** The operators whose value is a list. */
export type ListOperator = "isoneof" | "isnotoneof";
/** The operators that compare by order, or for being the same. */
export type OrderOperator = "eq" | "neq" | "lt" | "lte" | "gt" | "gte";

/** What a table says of an operator; `undefined` where the operator is not in it. */
export function ofOperator<Name extends string, Value>(
  table: Readonly<Record<Name, Value>>,
  operator: string,
): Value | undefined {
  return Object.hasOwn(table, operator) ? table[operator as Name] : undefined;
}
