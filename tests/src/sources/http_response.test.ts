// What a client makes of the body of an answer, and that closing ends its arrival.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { FetcherResponse } from "../../../mod.ts";
import { DocumentError, EvaluationError } from "../../../mod.ts";
import { booleanDocument, shopDocument, testClient } from "../../support/runtime.ts";
import { options, shopServer } from "../../support/shop_server.ts";

test("a document that arrives byte by byte is the same document", async () => {
  await using server = await shopServer();
  const bytes = new TextEncoder().encode(JSON.stringify(shopDocument()));
  const chunks = Array.from(
    { length: Math.ceil(bytes.length / 97) },
    (_, index) => bytes.subarray(index * 97, index * 97 + 97),
  );
  server.answerOnce({ body: chunks });
  const { client } = await testClient(options(server));
  assert.equal(client.listFlags().length, 8);
  assert.match(client.evaluateVariant("checkout-flow", "e", { agent: "Mobile" }).reason, /^MATCH/);
  client.close();
});

test("a compressed document is read", async () => {
  await using server = await shopServer();
  const body = gzipSync(JSON.stringify(shopDocument()));
  server.answerOnce({ headers: { "content-encoding": "gzip", etag: "abc" }, body });
  const { client } = await testClient(options(server));
  assert.equal(client.listFlags().length, 8);
  client.close();
});

test("a document that is not valid never replaces a good one", async () => {
  await using server = await shopServer();
  const bodies = ["", "{", "[]", "null", '{"namespace":{"key":"shop"}}', "<html>", '{"flags":[{}]}'];
  const { client, engine } = await testClient(options(server, { errorStrategy: "fallback" }));
  for (const body of bodies) {
    server.answerOnce({ headers: { etag: "new" }, body });
    await assert.rejects(client.refresh(), DocumentError, body);
    assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  }
  assert.equal(await client.refresh(), false);
  assert.notEqual(server.requests.at(-1)?.headers["if-none-match"], "new");
  assert.deepEqual([engine.alive, engine.open], [1, 0]);
  client.close();
});

test("a first document that is not valid rejects init", async () => {
  await using server = await shopServer();
  server.answerOnce({ body: "{}" });
  await assert.rejects(testClient(options(server)), DocumentError);
});

test("closing ends a request that hangs before its head or in its body, soon and for good", async () => {
  for (const hang of ["head", "body"] as const) {
    await using server = await shopServer();
    const { client, clock, engine } = await testClient(options(server));
    server.answerOnce({ hang, body: JSON.stringify(shopDocument()).slice(0, 2000) });
    const pending = client.refresh();
    await server.received(2);
    client.close();
    await assert.rejects(pending, EvaluationError);
    assert.deepEqual([engine.alive, engine.open, clock.timers.length], [0, 0, 0]);
  }
});

test("closing ends a request that hangs in the body of an error", async () => {
  let reading: (() => void) | undefined;
  const read = new Promise<void>((resolve) => reading = resolve);
  const hanging = new ReadableStream<Uint8Array>({
    pull: () => {
      reading?.();
      return new Promise<void>(() => {});
    },
  }, { highWaterMark: 0 });
  const responses = [
    Response.json(booleanDocument("shop", "a", true)),
    new Response(hanging, { status: 500 }),
  ];
  const fetcher = (): Promise<FetcherResponse> => Promise.resolve(responses.shift() ?? Response.error());
  const { client } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  const pending = client.refresh();
  await read;
  client.close();
  await assert.rejects(pending, EvaluationError);
});
