// The hierarchy of errors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FliptClient, FliptError } from "../../mod.ts";

test("every error is a FliptError with the name of its class", async () => {
  const error = await FliptClient.init({ url: "" }).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FliptError && error instanceof Error);
  assert.equal(error.name, "ValidationError");
  assert.match(String(error.stack), /ValidationError/);
});
