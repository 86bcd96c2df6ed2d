// The operators of constraints in the crate and in TypeScript: a document's word means the same to both, or to neither.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crateSource, variantsOf } from "./support/crate_source.ts";
import { OPERATORS } from "./support/generator.ts";

const ENUMS: Readonly<Record<string, string>> = {
  STRING: "StringOperator",
  ENTITY_ID: "StringOperator",
  NUMBER: "NumberOperator",
  BOOLEAN: "BooleanOperator",
  DATETIME: "DateTimeOperator",
};

const vocabulary = crateSource("vocabulary.rs");

function wordsOf(name: string): unknown[] {
  return [...variantsOf(vocabulary, name).values()].sort();
}

test("the crate knows the operators of TypeScript for each type of constraint, and no others", () => {
  assert.deepEqual(Object.keys(OPERATORS).sort(), Object.keys(ENUMS).sort());
  for (const [type, operators] of Object.entries(OPERATORS)) {
    assert.deepEqual(wordsOf(ENUMS[type] ?? ""), [...operators].sort(), type);
  }
});

test("the crate knows the types of constraints of TypeScript, and no others", () => {
  const types = Object.keys(OPERATORS).map((type) => `${type}_CONSTRAINT_COMPARISON_TYPE`);
  assert.deepEqual(wordsOf("ConstraintType"), types.sort());
});
