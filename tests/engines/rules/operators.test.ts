// The operators of constraints in the crate and in TypeScript: a document's word means the same to both, or to neither.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConstraintType, OPERATORS } from "../../../engines/rules/operators.ts";
import { crateSource, variantsOf } from "../../support/crate_source.ts";

const ENUMS: Readonly<Record<ConstraintType, string>> = {
  STRING_CONSTRAINT_COMPARISON_TYPE: "StringOperator",
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: "StringOperator",
  NUMBER_CONSTRAINT_COMPARISON_TYPE: "NumberOperator",
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: "BooleanOperator",
  DATETIME_CONSTRAINT_COMPARISON_TYPE: "DateTimeOperator",
};

const vocabulary = crateSource("vocabulary.rs");

function wordsOf(name: string): unknown[] {
  return [...variantsOf(vocabulary, name).values()].sort();
}

test("the crate knows the operators of TypeScript for each type of constraint, and no others", () => {
  for (const [type, operators] of Object.entries(OPERATORS)) {
    assert.deepEqual(wordsOf(ENUMS[type as ConstraintType]), [...operators].sort(), type);
  }
});

test("the crate knows the types of constraints of TypeScript, and no others", () => {
  assert.deepEqual(wordsOf("ConstraintType"), Object.keys(OPERATORS).sort());
});
