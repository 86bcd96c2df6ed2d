// The option `headers`: what is sent with each request, and where it is not; and that no cache stands in between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError, FliptClient } from "../../../mod.ts";
import { FaultServer } from "../../support/fault_server.ts";
import { booleanDocument, testClient } from "../../support/runtime.ts";
import { fetchError, options, shopServer } from "../../support/shop_server.ts";
import { on, open } from "../../support/streams.ts";
import { unlessFetch } from "../../support/transport.ts";

test("headers go with each request, and replace those of the client that may be replaced", async () => {
  await using server = await shopServer();
  const headers = {
    "x-team": "checkout",
    "user-agent": "shop/1.0",
    "AUTHORIZATION": "Basic c2hvcDpzZWNyZXQ=",
    "x-absent": undefined,
  };
  const { client } = await testClient(options(server, { headers }));
  await client.refresh();
  assert.equal(server.requests.length, 2);
  for (const { headers: sent } of server.requests) {
    assert.equal(sent["x-team"], "checkout");
    assert.equal(sent["user-agent"], "shop/1.0");
    assert.equal(sent["authorization"], "Basic c2hvcDpzZWNyZXQ=");
    assert.equal(sent["x-flipt-environment"], "default");
    assert.ok(!("x-absent" in sent));
  }
  client.close();
});

test("a token is sent in place of a header Authorization", async () => {
  await using server = await shopServer();
  const given = { authentication: { clientToken: "t" }, headers: { authorization: "Basic x" } };
  const { client } = await testClient(options(server, given));
  assert.equal(server.requests[0]?.headers["authorization"], "Bearer t");
  client.close();
});

test("a function is asked for the headers before each request, streams included", async () => {
  await using server = await FaultServer.start(on);
  let count = 0;
  const { client } = await open(server, {
    headers: () => {
      const headers = { "x-count": String(++count) };
      return count % 2 === 0 ? Promise.resolve(headers) : headers;
    },
  });
  assert.deepEqual(server.requests.map(({ isStream, headers }) => [isStream, headers["x-count"]]), [
    [false, "1"],
    [true, "2"],
  ]);
  client.close();
});

test("a function that fails, or gives no usable headers, is a FetchError without secrets", async () => {
  await using server = await shopServer();
  const cases: readonly [() => Record<string, string>, string][] = [
    [() => {
      throw new Error("vault said secret-word");
    }, "the headers function failed: see the cause"],
    [
      () => ({ "x-a": "secret-\nword" }),
      'the result of the headers function has "x-a", which is not a valid header',
    ],
    [
      () => ({ "Host": "secret-word" }),
      'the result of the headers function cannot set "Host": the client does',
    ],
    [
      () => [] as unknown as Record<string, string>,
      "the result of the headers function must be an object such as",
    ],
  ];
  for (const [headers, message] of cases) {
    const error = await fetchError(testClient(options(server, { headers })));
    assert.ok(error.message.startsWith(message), error.message);
    assert.doesNotMatch(error.message, /secret-word/);
  }
  assert.equal(server.requests.length, 0);
});

test("what a server repeats of a header Authorization stays out of messages", async () => {
  await using server = await shopServer();
  server.answerAlways({ status: 403, body: '{"code":7,"message":"no access for c2VjcmV0"}' });
  const error = await fetchError(
    testClient(options(server, { headers: { authorization: "Basic c2VjcmV0" } })),
  );
  assert.match(error.message, /no access for \[token\]/);
});

test("headers follow no redirect to another origin", async () => {
  await using server = await shopServer();
  await using other = await shopServer();
  server.answerOnce({ status: 307, headers: { location: `${other.url}/internal/v1/x` } });
  const made = testClient(options(server, { headers: { "x-secret": "s" } }));
  assert.match((await fetchError(made)).message, /redirects to another origin/);
  assert.equal(other.requests.length, 0);
});

test(
  "requests go past every cache of fetch, as that of a framework that patches it",
  { skip: unlessFetch("node:https has no cache") },
  async (context) => {
    const document = booleanDocument("default", "a", true);
    const fetched = context.mock.method(globalThis, "fetch", () => Promise.resolve(Response.json(document)));
    const client = await FliptClient.init({
      url: "http://flipt.test",
      updateInterval: 0,
      engine: "portable",
    });
    const init = fetched.mock.calls[0]?.arguments[1];
    assert.equal(init?.cache, "no-store");
    client.close();
  },
);

test(
  "where Request knows no caches none is named, since that would be an error",
  { skip: unlessFetch("node:https has no cache") },
  async (context) => {
    const document = booleanDocument("default", "a", true);
    const fetched = context.mock.method(globalThis, "fetch", () => Promise.resolve(Response.json(document)));
    const real = globalThis.Request;
    globalThis.Request = class {} as unknown as typeof Request;
    try {
      const client = await FliptClient.init({
        url: "http://flipt.test",
        updateInterval: 0,
        engine: "portable",
      });
      assert.ok(!("cache" in (fetched.mock.calls[0]?.arguments[1] ?? {})));
      client.close();
    } finally {
      globalThis.Request = real;
    }
  },
);

test("a FetchError of a headers function may be tried again", async () => {
  await using server = await shopServer();
  let isDown = true;
  const headers = (): Record<string, string> => {
    if (isDown) throw new Error("down");
    return {};
  };
  await assert.rejects(testClient(options(server, { headers })), (error: unknown) => {
    return error instanceof FetchError && error.retryable && error.attempts === 4;
  });
  isDown = false;
  const { client } = await testClient(options(server, { headers }));
  client.close();
});
