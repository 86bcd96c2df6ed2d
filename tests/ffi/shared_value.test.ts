// Values that all copies of the package in a thread share.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedValue } from "../../ffi/shared_value.ts";

test("a value is made once, and is the same to every copy of the module", async () => {
  const made = sharedValue("a test", () => ({ by: "the first" }));
  const { sharedValue: another } = await import(`../../ffi/shared_value.ts?copy`) as {
    sharedValue: typeof sharedValue;
  };
  assert.notEqual(another, sharedValue);
  assert.equal(another("a test", () => ({ by: "the second" })), made);
  assert.notEqual(sharedValue("another test", () => ({ by: "the first" })), made);
});

test("where nothing can be added to the globals, there is a value all the same", () => {
  const key = Symbol.for("@flipt-ffi/client/a frozen test");
  Object.defineProperty(globalThis, key, { value: undefined });
  assert.equal(sharedValue("a frozen test", () => 5), 5);
  assert.equal(sharedValue("a frozen test", () => 6), 6);
});
