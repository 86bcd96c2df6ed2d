// Which answers of a server are a change: ETags, digests, and the bytes where there is neither.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FetcherResponse } from "../../../mod.ts";
import { booleanDocument, shopDocument, testClient, withFlag } from "../../support/runtime.ts";
import type { ScriptedAnswer } from "../../support/server.ts";
import { fetchError, options, shopServer } from "../../support/shop_server.ts";

test("the ETag goes back byte for byte, and 304 leaves the state as it is", async () => {
  await using server = await shopServer();
  const { client, engine } = await testClient(options(server));
  assert.equal(await client.refresh(), false);
  const etag = server.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, false);
  assert.equal(await client.refresh(), false);
  const sent = server.requests.map(({ headers }) => headers["if-none-match"]);
  assert.equal(sent.length, 4);
  assert.match(sent[1] ?? "", /^[0-9a-f]{40}$/);
  assert.equal(sent[2], sent[1]);
  assert.equal(sent[3], etag);
  assert.equal(engine.compiled, 2);
  assert.equal(engine.alive, 1);
  client.close();
});

test("an ETag of any shape is given back unchanged", async () => {
  for (const etag of ['W/"abc"', '"quoted"', "x,y z"]) {
    await using server = await shopServer();
    const { digest: _digest, ...document } = shopDocument();
    server.answerAlways({ headers: { etag }, body: JSON.stringify(document) });
    const { client } = await testClient(options(server));
    await client.refresh();
    assert.equal(server.requests[1]?.headers["if-none-match"], etag);
    client.close();
  }
});

test("a 200 that brings what is held already is no change", async () => {
  const body = JSON.stringify(shopDocument());
  const { digest: _digest, ...v1 } = shopDocument(1);
  const answers: Record<string, ScriptedAnswer> = {
    "the same ETag": { headers: { etag: "abc" }, body: JSON.stringify(v1) },
    "the same digest without an ETag": { body },
    "the same bytes with neither": { body: JSON.stringify(v1) },
  };
  for (const [name, answer] of Object.entries(answers)) {
    await using server = await shopServer();
    server.answerAlways(answer);
    const { client, engine } = await testClient(options(server));
    assert.equal(await client.refresh(), false, name);
    assert.equal(engine.alive, 1, name);
    assert.equal(engine.open, 0, name);
    client.close();
  }
});

test("the same digest under another ETag is no change, and the new ETag is the one that is sent from then on", async () => {
  await using server = await shopServer();
  const body = JSON.stringify(shopDocument());
  server.answerOnce({ headers: { etag: "first" }, body });
  server.answerOnce({ headers: { etag: "second" }, body: `${body}\n` });
  server.answerOnce({ status: 304 });
  const { client, engine } = await testClient(options(server));
  assert.equal(await client.refresh(), false);
  assert.equal(await client.refresh(), false);
  const sent = server.requests.map(({ headers }) => headers["if-none-match"]);
  assert.deepEqual(sent, [undefined, "first", "second"]);
  assert.deepEqual([engine.compiled, engine.alive], [2, 1]);
  client.close();
});

test("a body that is not wanted is cancelled", async () => {
  const cancelled: string[] = [];
  const endless = (name: string, init: ResponseInit): Response => {
    const piece = new Uint8Array(10_000).fill(120);
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(piece),
        cancel: () => void cancelled.push(name),
      }),
      init,
    );
  };
  const responses = [
    Response.json(booleanDocument("shop", "a", true), { headers: { etag: "abc" } }),
    endless("the same ETag", { headers: { etag: "abc" } }),
    endless("an error", { status: 500 }),
  ];
  const fetcher = (): Promise<FetcherResponse> => Promise.resolve(responses.shift() ?? Response.error());
  const { client } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  assert.equal(await client.refresh(), false);
  await fetchError(client.refresh());
  assert.deepEqual(cancelled, ["the same ETag", "an error"]);
  client.close();
});

test("other bytes without ETag and digest are a change", async () => {
  await using server = await shopServer();
  server.answerOnce({ body: JSON.stringify(booleanDocument("shop", "a", true)) });
  server.answerOnce({ body: JSON.stringify(booleanDocument("shop", "b", true)) });
  const { client } = await testClient(options(server));
  assert.equal(await client.refresh(), true);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["b"]);
  client.close();
});

test("a Flipt v1 answers with default variants, because the client names a version", async () => {
  await using server = await shopServer(1);
  server.setDocument("shop", shopDocument(2));
  const { client } = await testClient(options(server));
  assert.equal(client.evaluateVariant("banner", "e").variantKey, "winter");
  assert.equal(await client.refresh(), false);
  client.close();
});

test("with a reference, an ETag of a Flipt v1 is not trusted", async () => {
  await using server = await shopServer(1);
  server.setDocument("shop", booleanDocument("shop", "branch", false), { reference: "feature/x" });
  const { client } = await testClient(options(server, { reference: "feature/x" }));
  assert.equal(server.requests[0]?.path.split("?")[1], "reference=feature%2Fx");
  assert.equal(await client.refresh(), false);
  server.setDocument("shop", booleanDocument("shop", "branch", true), { reference: "feature/x" });
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("branch", "e").enabled, true);
  assert.deepEqual(server.requests.map(({ headers }) => headers["if-none-match"]), [
    undefined,
    undefined,
    undefined,
  ]);
  client.close();
});

test("with a reference, an ETag beside a digest is trusted", async () => {
  await using server = await shopServer(2);
  const etag = server.setDocument("shop", shopDocument(), { reference: "feature" });
  const { client } = await testClient(options(server, { reference: "feature" }));
  assert.equal(await client.refresh(), false);
  assert.equal(server.requests[1]?.headers["if-none-match"], etag);
  client.close();
});
