// The tokens of a relay's clients: when the file is read again.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { writeFileSync } from "node:fs";
import { ClientTokens } from "../../relay/client_tokens.ts";
import { Folder } from "../support/stores.ts";

test("a token that is taken out of the file is refused a second later, also when the clock is set back", async () => {
  using folder = new Folder();
  const path = folder.file("tokens");
  writeFileSync(path, "first\n");
  const tokens = await ClientTokens.open(path);
  assert.equal(await tokens.accepts("Bearer first"), true);
  writeFileSync(path, "the-second\n");
  const later = performance.now() + 1_000;
  const clock = mock.method(Date, "now", () => 0);
  const counted = mock.method(performance, "now", () => later);
  try {
    assert.equal(await tokens.accepts("Bearer first"), false);
    assert.equal(await tokens.accepts("Bearer the-second"), true);
  } finally {
    clock.mock.restore();
    counted.mock.restore();
  }
});
