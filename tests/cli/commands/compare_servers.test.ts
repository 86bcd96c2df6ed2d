// `flipt-ffi compare` with servers that have no evaluation API.

import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "../../support/cli.ts";
import { shopDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

test("a server that only has flag states is told from one that is not Flipt", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  const { code, errors } = await command(["compare", "--url", server.url, "-n", "shop"]);
  assert.equal(code, 3);
  assert.equal(
    errors,
    `flipt-ffi: ${server.url}/evaluate/v1/batch answered 404: compare needs a Flipt server with its evaluation API, ` +
      "which flipt-ffi serve and flipt-ffi relay do not have\n",
  );
  server.answerAlways(({ method }) => method === "POST" ? { status: 503 } : undefined);
  const { errors: others } = await command(["compare", "--url", server.url, "-n", "shop"]);
  assert.match(others, /batch answered 503/);
});
