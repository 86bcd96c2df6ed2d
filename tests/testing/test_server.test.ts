// The server that users test their own code with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FliptClient, ValidationError } from "../../mod.ts";
import { flagDocument, FliptTestServer } from "../../testing/mod.ts";
import type { ScriptedAnswer } from "../../testing/mod.ts";

const shop = (enabled: boolean) => flagDocument({ "dark-mode": enabled }, "shop");

/** Settles with the next event. */
function next(client: FliptClient, event: "update" | "error" | "status"): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = client.on(event, (told) => {
      stop();
      resolve(told);
    });
  });
}

/** A client that follows the stream of the shop, and fetches only when that needs it. */
function streaming({ url }: FliptTestServer): Promise<FliptClient> {
  return FliptClient.init({ url, namespace: "shop", fetchMode: "streaming", updateInterval: 0 });
}

test("the test server is polled with ETags, by v1 and v2 manners", async () => {
  for (const version of [1, 2] as const) {
    await using server = await FliptTestServer.start({ version, documents: { shop: shop(true) } });
    await using client = await FliptClient.init({ url: server.url, namespace: "shop", updateInterval: 0 });
    assert.equal(await client.refresh(), false);
    const etag = server.setDocument("shop", shop(false));
    assert.equal(await client.refresh(), true);
    assert.equal(await client.refresh(), false);
    assert.equal(client.evaluateBoolean("dark-mode", "user-1").enabled, false);
    assert.equal(server.requests.length, 4);
    assert.equal(server.requests[3]?.headers["if-none-match"], etag);
    assert.equal(client.status.digest, version === 2 ? etag : undefined);
    const again = await fetch(`${server.url}/internal/v1/evaluation/snapshot/namespace/shop`, {
      headers: { "if-none-match": etag },
    });
    assert.equal(again.status, 304);
    await again.body?.cancel();
    await assert.rejects(FliptClient.init({ url: server.url, namespace: "nope" }), {
      name: "FetchError",
      status: 404,
    });
  }
});

test(
  "the test server streams, and opens a stream when its namespace comes to be",
  { timeout: 20_000 },
  async () => {
    await using server = await FliptTestServer.start({ documents: { shop: shop(true) } });
    await using client = await streaming(server);
    await server.received(2);
    const update = next(client, "update");
    server.push("shop", shop(false));
    assert.deepEqual((await update as { changedFlags: string[] }).changedFlags, ["dark-mode"]);
    assert.equal(server.streams, 1);
    const broken = server.requests.length;
    server.breakStreams();
    await server.received(broken + 2);
    const controller = new AbortController();
    const head = fetch(`${server.url}/client/v2/environments/default/namespaces/new/stream`, {
      signal: controller.signal,
    });
    await server.received(broken + 3);
    server.setDocument("new", flagDocument({ a: true }, "new"));
    const response = await head;
    assert.equal(response.status, 200);
    const reader = response.body?.getReader();
    const { value } = await reader?.read() ?? {};
    assert.match(new TextDecoder().decode(value), /^\{"result":\{"namespace":\{"key":"new"\}.*\}\}\n$/);
    controller.abort();
  },
);

test("the stream of the test server refuses as Flipt does", async () => {
  await using server = await FliptTestServer.start({
    documents: { shop: shop(true) },
    authorizations: ["Bearer secret"],
  });
  const stream = `${server.url}/client/v2/environments/default/namespaces/shop/stream`;
  const refused = await fetch(stream);
  assert.equal(refused.status, 401);
  assert.deepEqual(await refused.json(), {
    error: { code: 16, message: "request was not authenticated", details: [] },
  });
  const headers = { authorization: "Bearer secret", "x-flipt-environment": "nope" };
  const unknown = await fetch(stream, { headers });
  assert.equal(unknown.status, 404);
  assert.match(await unknown.text(), /environment: \\"nope\\" not found/);
  await using old = await FliptTestServer.start({ version: 1, documents: { shop: shop(true) } });
  const missing = await fetch(`${old.url}/client/v2/environments/default/namespaces/shop/stream`);
  assert.equal(missing.status, 404);
  assert.equal(await missing.text(), "404 page not found\n");
});

test("the test server fails in every way that is asked for, and is well again", async () => {
  await using server = await FliptTestServer.start({ documents: { shop: shop(true) } });
  await using client = await FliptClient.init({
    url: server.url,
    namespace: "shop",
    updateInterval: 0,
    requestTimeout: 0.3,
    errorStrategy: "fallback",
    engine: "portable",
  });
  const final: [ScriptedAnswer, RegExp][] = [
    [{ status: 403 }, /answered 403/],
    [{ body: "not JSON" }, /not a valid document/],
  ];
  for (const [fault, message] of final) {
    server.answerOnce(fault);
    await assert.rejects(client.refresh(), { message });
    // Only after a good one are there retries again.
    await client.refresh();
  }
  const passing: ScriptedAnswer[] = [
    { truncate: true },
    { destroy: "head" },
    { destroy: "body" },
    { hang: "head" },
    { hang: "body" },
    { delay: 2_000 },
  ];
  for (const [index, fault] of passing.entries()) {
    server.setDocument("shop", flagDocument({ "dark-mode": true, [`flag-${index}`]: true }, "shop"));
    const before = server.requests.length;
    server.answerOnce(fault);
    assert.equal(await client.refresh(), true, JSON.stringify(fault));
    assert.equal(server.requests.length, before + 2, `${JSON.stringify(fault)} takes a second attempt`);
  }
  server.answerOnce({ delay: 20 });
  assert.equal(await client.refresh(), false);
});

test("a stream of the test server that is cut in a line is opened anew", async () => {
  await using server = await FliptTestServer.start({ documents: { shop: shop(true) } });
  let cuts = 0;
  server.answerAlways(({ path }) =>
    path.endsWith("/stream") && cuts++ === 0 ? { truncate: true } : undefined
  );
  await using client = await streaming(server);
  await server.received(4);
  assert.equal(cuts, 2);
  assert.equal(client.evaluateBoolean("dark-mode", "user-1").enabled, true);
});

test("the test server listens where it is told, and is gone when it is closed", async () => {
  const first = await FliptTestServer.start();
  const port = Number(new URL(first.url).port);
  await assert.rejects(FliptTestServer.start({ port }), { code: "EADDRINUSE" });
  await first.close();
  await first.close();
  await using second = await FliptTestServer.start({ port, documents: { shop: shop(true) } });
  assert.equal(second.url, `http://127.0.0.1:${port}`);
  const response = await fetch(`${second.url}/internal/v1/evaluation/snapshot/namespace/shop`);
  assert.equal((await response.json()).flags[0].key, "dark-mode");
  const odd = await fetch(`${second.url}/internal/v1/evaluation/snapshot/namespace/%ff`);
  assert.equal(odd.status, 404);
  await odd.body?.cancel();
});

test("options that a test server does not have are refused", async () => {
  await assert.rejects(
    FliptTestServer.start({ document: {} } as never),
    (error) =>
      error instanceof ValidationError &&
      /^unknown option "document" of FliptTestServer\.start\(\); did you mean "documents"\?$/.test(
        error.message,
      ),
  );
});

test("a document of another namespace is refused, since clients would find no flags in it", async () => {
  const refused = {
    name: "ValidationError",
    message:
      /^the document for the namespace "shop" is of the namespace "default", .* flagDocument\(flags, "shop"\)$/,
  };
  await assert.rejects(FliptTestServer.start({ documents: { shop: flagDocument({ a: true }) } }), refused);
  await using server = await FliptTestServer.start();
  assert.throws(() => server.setDocument("shop", flagDocument({ a: true })), refused);
  server.setDocument("shop", flagDocument({ a: true }, "shop"));
  using client = await FliptClient.init({ url: server.url, namespace: "shop", updateInterval: 0 });
  assert.ok(client.isEnabled("a", "u"));
});
