// The ABI as the crate exports it and as TypeScript calls it: functions, types and numbers have to be the same, since
// nothing else would notice until a call reads garbage.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ABI_VERSION, Code, Count, Format, meaning, symbols } from "../../../engines/native/symbols.ts";
import { constantOf, crateSource, exportedFunctions, variantsOf } from "../../support/crate_source.ts";

const table = readFileSync(new URL("../../../engines/native/symbols.ts", import.meta.url), "utf8");
const abi = crateSource("abi.rs");
const code = crateSource("code.rs");

/** The names of Rust's variants as TypeScript writes them, with their numbers. */
function numbersOf(source: string, name: string): Record<string, number | string> {
  const variants = [...variantsOf(source, name)];
  return Object.fromEntries(
    variants.map(([variant, number]) => [variant.charAt(0).toLowerCase() + variant.slice(1), number]),
  );
}

/** The names of a function's parameters, which stand in the table as C comments. */
function namesOf(name: string): string[] {
  const entry = new RegExp(`^  ${name}: \\{(.*?)result:`, "ms").exec(table)?.[1] ?? "";
  return [...entry.matchAll(/\/\* uint32_t (\w+) \*\//g)].map(([, name = ""]) => name);
}

test("the table has the functions that the crate exports, with their parameters and types", () => {
  const functions = Object.entries(symbols).map(([name, { parameters, result }]) =>
    [name, { names: namesOf(name), parameters: [...parameters], result }] as const
  );
  assert.deepEqual(Object.fromEntries(functions), Object.fromEntries(exportedFunctions(abi)));
});

test("both sides mean the same version of the ABI", () => {
  assert.equal(ABI_VERSION, constantOf(abi, "ABI_VERSION"));
});

test("both sides have the same codes, and TypeScript has words for each", () => {
  const { first, ...codes } = Code;
  assert.equal(first, constantOf(code, "FIRST"));
  assert.deepEqual({ ...codes }, numbersOf(code, "Code"));
  for (const [name, number] of Object.entries(codes)) {
    assert.ok(number >= first, name);
    assert.ok(!meaning(number).startsWith("code "), name);
  }
});

test("both sides have the same formats and the same counts", () => {
  assert.deepEqual({ ...Format }, numbersOf(crateSource("loader.rs"), "Format"));
  assert.deepEqual({ ...Count }, numbersOf(abi, "Count"));
});
