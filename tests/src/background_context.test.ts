// A client that a request happens to make first goes on without it: nothing in the background sees the request's context.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { FliptClient } from "../../mod.ts";
import { flagDocument, FliptTestServer } from "../../testing/mod.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";

const contexts = new AsyncLocalStorage<string>();

/** Makes a client within a request. Gives the context that its listeners run in after the next change. */
async function contextOfUpdates(
  options: ClientOptions,
  change: (server: FliptTestServer) => void,
): Promise<string | undefined> {
  await using server = await FliptTestServer.start({ documents: { default: flagDocument({ a: true }) } });
  await using client = await contexts.run(
    "the first request",
    () => FliptClient.init({ url: server.url, ...options }),
  );
  if (options.fetchMode === "streaming") await server.received(2);
  const seen = new Promise<string | undefined>((resolve) => {
    client.on("update", () => resolve(contexts.getStore()));
  });
  change(server);
  return await seen;
}

describe("the background of a client that was made within a request", () => {
  test("polls outside of its context", async () => {
    const seen = await contextOfUpdates(
      { updateInterval: 0.02 },
      (server) => server.setDocument("default", flagDocument({ a: false })),
    );
    assert.equal(seen, undefined);
  });

  test("streams outside of its context", async () => {
    const seen = await contextOfUpdates(
      { fetchMode: "streaming" },
      (server) => server.push("default", flagDocument({ a: false })),
    );
    assert.equal(seen, undefined);
  });

  test("follows a source outside of its context", async () => {
    let changed = (): void => {};
    let enabled = true;
    const source = {
      load: () => Promise.resolve(JSON.stringify(flagDocument({ a: enabled }))),
      watch: (onChange: () => void) => {
        // As an emitter of events does it, which calls its listeners in the context that they were added in.
        changed = AsyncLocalStorage.bind(onChange);
        return () => {};
      },
    };
    await using client = await contexts.run("the first request", () => FliptClient.init({ source }));
    const seen = new Promise<string | undefined>((resolve) => {
      client.on("update", () => resolve(contexts.getStore()));
    });
    enabled = false;
    changed();
    assert.equal(await seen, undefined);
  });

  test("also after a request has refreshed it", async () => {
    await using server = await FliptTestServer.start({ documents: { default: flagDocument({ a: true }) } });
    await using client = await FliptClient.init({ url: server.url, updateInterval: 0.05 });
    await contexts.run("a later request", () => client.refresh());
    const seen = new Promise<string | undefined>((resolve) => {
      client.on("update", () => resolve(contexts.getStore()));
    });
    server.setDocument("default", flagDocument({ a: false }));
    assert.equal(await seen, undefined);
  });
});
