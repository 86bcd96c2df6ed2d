// Custom fetchers: what they are asked, and what they may give.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FetcherResponse, IFetcherOptions } from "../../../mod.ts";
import { booleanDocument, ManualClock, testClient } from "../../support/runtime.ts";
import { fetchError } from "../../support/shop_server.ts";

/** A response with only what the official client's fetchers must give. */
function minimal(status: number, document: unknown, etag: string | null): FetcherResponse {
  return {
    ok: status === 200,
    status,
    statusText: "",
    headers: { get: (name) => name.toLowerCase() === "etag" ? etag : null },
    json: () => Promise.resolve(document),
  };
}

test("a custom fetcher is asked in place of HTTP, with the ETag of what is held", async () => {
  const asked: (IFetcherOptions | undefined)[] = [];
  let status = 200;
  const fetcher = (given?: IFetcherOptions): Promise<FetcherResponse> => {
    asked.push(given);
    return Promise.resolve(minimal(status, booleanDocument("shop", "a", true), "abc"));
  };
  const { client } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  status = 304;
  assert.equal(await client.refresh(), false);
  assert.deepEqual(asked, [{}, { etag: "abc" }]);
  client.close();
});

test("a custom fetcher may give a Response of the web, text or bytes", async () => {
  const document = booleanDocument("shop", "a", true);
  const text = JSON.stringify(document);
  const responses: FetcherResponse[] = [
    Response.json(document),
    { ...minimal(200, undefined, null), text: () => Promise.resolve(text) },
    {
      ...minimal(200, undefined, null),
      arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
    },
    // Such as the Node stream of older fetch packages, which is no stream of the web.
    { ...minimal(200, undefined, null), body: { pipe(): void {} }, text: () => Promise.resolve(text) },
  ];
  for (const response of responses) {
    const fetcher = (): Promise<FetcherResponse> => Promise.resolve(response);
    const { client } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
    assert.deepEqual(client.listFlags().map(({ key }) => key), ["a"]);
    client.close();
  }
});

test("what a custom fetcher throws, rejects with or gives wrongly is a FetchError", async () => {
  const fetchers: [fetcher: () => unknown, message: RegExp][] = [
    [() => {
      throw new Error("no route");
    }, /^the custom fetcher failed: no route \(4 attempts/],
    [() => Promise.reject(new Error("no route")), /^the custom fetcher failed: no route \(4 attempts/],
    [() => undefined, /^the custom fetcher must return a Response.* but returned undefined$/],
    [() => Promise.resolve(minimal(503, {}, null)), /^the custom fetcher answered 503 \(4 attempts/],
    [() => Promise.resolve(minimal(304, {}, null)), /^the custom fetcher answered 304; no request was made/],
    [
      () =>
        Promise.resolve({
          ...minimal(200, {}, null),
          json: () => Promise.reject(new SyntaxError("no JSON")),
        }),
      /^the custom fetcher broke off in the middle of the document: no JSON$/,
    ],
  ];
  for (const [fetcher, message] of fetchers) {
    const error = await fetchError(testClient({ fetcher: fetcher as () => Promise<FetcherResponse> }));
    assert.match(error.message, message);
    assert.equal(error.url, "");
  }
});

test("a custom fetcher that never answers is given up after the timeout", async () => {
  const clock = new ManualClock();
  const pending = fetchError(testClient({ fetcher: () => new Promise(() => {}), requestTimeout: 3 }, clock));
  for (let attempt = 1; attempt <= 4; attempt++) {
    await clock.waiting(({ millis }) => millis === 3_000);
    clock.advance(3_000);
  }
  assert.match((await pending).message, /^the custom fetcher did not respond within 3 s/);
});
