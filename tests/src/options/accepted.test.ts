// Options that say nothing, as variables of the environment that are not set become: they count as absent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuthenticationStrategy, FliptClient } from "../../../mod.ts";
import { resolveOptions } from "../../../src/options/options.ts";
import { booleanDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

test("what says nothing counts as absent", () => {
  const nothing = resolveOptions();
  for (
    const options of [
      { reference: "" },
      { reference: null },
      { snapshot: "" },
      { snapshot: null },
      { authentication: null },
      { updateInterval: null },
      { errorStrategy: null },
      { hook: null },
      { fetcher: null },
    ]
  ) {
    assert.deepEqual(resolveOptions(options as Parameters<typeof resolveOptions>[0]), nothing);
  }
  // Nor does it contradict anything.
  resolveOptions({ fetchMode: "streaming", reference: "" });
  assert.throws(() => resolveOptions({ initialFetch: false, snapshot: "" }), /needs a snapshot or a store/);
});

test("a token that is empty is none, and the other one counts", async () => {
  await using server = await FliptServer.start();
  server.setDocument("default", booleanDocument("default", "a", true));
  const cases: readonly (readonly [AuthenticationStrategy | null, string | undefined])[] = [
    [null, undefined],
    [{}, undefined],
    [{ clientToken: "" }, undefined],
    [{ jwtToken: "" }, undefined],
    [{ clientToken: null, jwtToken: undefined }, undefined],
    [{ clientToken: "", jwtToken: "token" }, "JWT token"],
    [{ clientToken: "token", jwtToken: "" }, "Bearer token"],
  ];
  for (const given of cases) {
    for (const authentication of [given[0], () => given[0] ?? {}]) {
      const client = await FliptClient.init({
        url: server.url,
        authentication,
        updateInterval: 0,
        engine: "portable",
      });
      assert.equal(server.requests.at(-1)?.headers["authorization"], given[1]);
      client.close();
    }
  }
});

test("an option of the React package is told by its home, once; a typing error is refused", async (context) => {
  // A copy of its own: in a process that runs other tests, too, it may have been told already.
  const copy = new URL("../../../src/options/options.ts?once", import.meta.url).href;
  const { resolveOptions }: typeof import("../../../src/options/options.ts") = await import(copy);
  const told = context.mock.method(console, "info", () => {});
  for (let count = 0; count < 2; count++) {
    resolveOptions({ maxRetryAttempts: 3 } as Parameters<typeof resolveOptions>[0]);
  }
  const messages = told.mock.calls.map(({ arguments: [message] }) => String(message));
  assert.equal(messages.length, 1);
  assert.match(
    messages[0] ?? "",
    /maxRetryAttempts is an option of the FliptProvider of @flipt-io\/flipt-client-react/,
  );
  assert.throws(
    () => resolveOptions({ maxRetryAttempst: 3 } as Parameters<typeof resolveOptions>[0]),
    /unknown option "maxRetryAttempst"/,
  );
});
