// What refresh() gives: whether the state changed since its caller was last told of a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../mod.ts";
import { booleanDocument, type TestClient, testClient } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { testFlags } from "../../testing/mod.ts";

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);

async function polled(more: ClientOptions = {}): Promise<TestClient & { server: FliptServer }> {
  const server = await FliptServer.start();
  server.setDocument("shop", on);
  return { ...await testClient({ url: server.url, namespace: "shop", ...more }), server };
}

/** The server has another state, and background polling takes it. */
async function pollChange({ client, clock, server }: Awaited<ReturnType<typeof polled>>): Promise<void> {
  const before = client.status.digest;
  server.setDocument("shop", off);
  const asked = server.requests.length;
  await clock.polling();
  clock.advance(120_000);
  await server.received(asked + 1);
  while (client.status.digest === before) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("a change that polling took first is told by the next refresh(), once", async () => {
  const made = await polled();
  const { client, server } = made;
  let rendered = 0;
  const render = (): number => rendered++;
  if (await client.refresh()) render();
  assert.equal(rendered, 0);
  await pollChange(made);
  if (await client.refresh()) render();
  assert.equal(rendered, 1);
  if (await client.refresh()) render();
  assert.equal(rendered, 1);
  client.close();
  await server.close();
});

test("who listened to the update has been told; a fetch that brings a change tells all the same", async () => {
  const made = await polled();
  const { client, server } = made;
  let updates = 0;
  const stop = client.on("update", () => updates++);
  await pollChange(made);
  assert.equal(updates, 1);
  assert.equal(await client.refresh(), false);
  server.setDocument("shop", on);
  assert.equal(await client.refresh(), true);
  assert.equal(updates, 2);
  stop();
  await pollChange(made);
  assert.equal(await client.refresh(), true);
  client.close();
  await server.close();
});

test("all who wait for the same fetch are told", async () => {
  const made = await polled();
  const { client, server } = made;
  await pollChange(made);
  assert.deepEqual(await Promise.all([client.refresh(), client.refresh()]), [true, true]);
  server.setDocument("shop", on);
  assert.deepEqual(await Promise.all([client.refresh(), client.refresh()]), [true, true]);
  assert.equal(await client.refresh(), false);
  client.close();
  await server.close();
});

test("a refresh() that fails leaves a change untold", async () => {
  const made = await polled();
  const { client, server } = made;
  await pollChange(made);
  server.answerAlways({ status: 403 });
  await assert.rejects(client.refresh());
  server.answerAlways(undefined);
  assert.equal(await client.refresh(), true);
  assert.equal(await client.refresh(), false);
  client.close();
  await server.close();
});

test("the state that init brought is no change, whether from the server or a snapshot", async () => {
  const made = await polled({ updateInterval: 0 });
  const { client, server } = made;
  assert.equal(await client.refresh(), false);
  const snapshot = client.getSnapshot();
  client.close();
  const more: ClientOptions = { snapshot, initialFetch: false, updateInterval: 0 };
  const { client: bundled } = await testClient({ url: server.url, namespace: "shop", ...more });
  server.setDocument("shop", off);
  assert.equal(await bundled.refresh(), true);
  assert.equal(await bundled.refresh(), false);
  bundled.close();
  await server.close();
});

test("the flags that a test sets are changes of its client", async () => {
  const client = testFlags({ a: true });
  assert.equal(await client.refresh(), false);
  client.set("a", false);
  assert.equal(await client.refresh(), true);
  assert.equal(await client.refresh(), false);
});
