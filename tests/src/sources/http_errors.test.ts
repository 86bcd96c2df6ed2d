// What a client says of a server that answers with an error, too late, or not at all.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { DocumentError, FetchError } from "../../../mod.ts";
import { CountingEngine, ManualClock, shopDocument, testClient } from "../../support/runtime.ts";
import type { ScriptedAnswer } from "../../support/server.ts";
import { fetchError, options, shopServer } from "../../support/shop_server.ts";
import { reachedAs, unlessFetch } from "../../support/transport.ts";

/** The answer of a real server, from the file that it was captured in. */
function captured(file: string): ScriptedAnswer {
  const text = readFileSync(new URL(`../../fixtures/server-errors/${file}`, import.meta.url), "utf8");
  const [head = "", body = ""] = text.split(/\r?\n\r?\n/);
  const status = Number(head.split(" ")[1]);
  return { status, headers: { "content-type": "application/json" }, body: body.trim() };
}

test("errors say what the server said, where it was asked and what to do", async () => {
  const cases: [file: string, options: ClientOptions, message: RegExp, retryable: boolean][] = [
    [
      "v2auth-snap_noauth.http",
      {},
      /answered 401: request was not authenticated; the server requires a token: set the authentication option$/,
      false,
    ],
    [
      "v2auth-snap_noauth.http",
      { authentication: { clientToken: "wrong" } },
      /answered 401: request was not authenticated; the server rejected this token/,
      false,
    ],
    [
      "v2-snap_unknown_ns.http",
      {},
      /404: evaluation snapshot for namespace "nope" not found; .* namespace "shop" in environment "default"/,
      false,
    ],
    [
      "v2-snap_unknown_env.http",
      { environment: "nope" },
      /404: failed to get .* in environment "nope"/,
      false,
    ],
    [
      "v1-snap_unknown_ns.http",
      {},
      /404: getting flags: namespace "nope" not found; check that there is/,
      false,
    ],
    [
      "v1git-snap_ref_unknown.http",
      {},
      /500: getting flags: couldn't find remote ref "refs\/heads\/does/,
      true,
    ],
  ];
  for (const [file, more, message, retryable] of cases) {
    await using server = await shopServer();
    const answer = captured(file);
    server.answerAlways(answer);
    const error = await fetchError(testClient(options(server, more)));
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(error.url), error.message);
    assert.equal(error.url, `${reachedAs(server.url)}/internal/v1/evaluation/snapshot/namespace/shop`);
    assert.equal(error.status, answer.status);
    assert.equal(error.retryable, retryable);
    assert.doesNotMatch(error.message, /wrong/);
  }
});

test("which statuses are worth another try", async () => {
  await using server = await shopServer();
  for (const status of [408, 429, 500, 502, 503, 504]) {
    const before = server.requests.length;
    server.answerAlways({ status });
    const error = await fetchError(testClient(options(server)));
    assert.deepEqual([error.retryable, error.attempts], [true, 4], String(status));
    assert.equal(server.requests.length - before, 4);
  }
  for (const status of [400, 401, 403, 404, 405, 410, 501, 201, 204, 206]) {
    const before = server.requests.length;
    server.answerAlways({ status });
    const error = await fetchError(testClient(options(server)));
    assert.deepEqual([error.retryable, error.attempts], [false, 1], String(status));
    assert.equal(server.requests.length - before, 1);
    assert.equal(error.status, status);
  }
});

test("403 names the namespace and the environment that the token is not for", async () => {
  await using server = await shopServer();
  server.answerOnce({ status: 403 });
  const error = await fetchError(testClient(options(server, { authentication: { clientToken: "t0ken" } })));
  assert.match(error.message, /403; the token has no access to namespace "shop" in environment "default"$/);
});

test("404 of something that is not Flipt points to the url option", async () => {
  await using server = await shopServer();
  server.answerOnce({ status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not Found</h1>" });
  const error = await fetchError(testClient(options(server)));
  assert.match(error.message, /answered 404; this is not a response from Flipt: check the url option$/);
});

test("what the server says is cut, put on one line and freed of the token", async () => {
  await using server = await shopServer();
  const message = `bad t0ken-1234\r\n\u001b[31mred ${"x".repeat(1000)}`;
  server.answerOnce({ status: 400, body: JSON.stringify({ code: 3, message, details: [] }) });
  const error = await fetchError(
    testClient(options(server, { authentication: { clientToken: "t0ken-1234" } })),
  );
  assert.match(error.message, /400: bad \[token\] \[31mred x+…$/);
  assert.ok(error.message.length < 450, String(error.message.length));
});

test("an error's endless body is not waited for", async () => {
  await using server = await shopServer();
  server.answerAlways({ status: 500, body: "x".repeat(40_000), hang: "body" });
  assert.equal((await fetchError(testClient(options(server)))).status, 500);
});

test("304 to a request that held nothing is an error", async () => {
  await using server = await shopServer();
  server.answerOnce({ status: 304 });
  const error = await fetchError(testClient(options(server)));
  assert.match(error.message, /answered 304; no request was made that this could be the response to$/);
});

test("a server that cannot be reached is named", {
  skip: unlessFetch("a TLS front accepts for a server that refuses"),
}, async () => {
  const server = await shopServer();
  await server.close();
  const error = await fetchError(testClient(options(server)));
  assert.ok(error.message.startsWith(`could not reach ${server.url}/internal/`), error.message);
  assert.equal(error.status, undefined);
  assert.equal(error.retryable, true);
  assert.ok(error.cause instanceof Error);
});

test("a connection that breaks before or in the middle of a document is an error, and nothing is left open", async () => {
  for (const destroy of ["head", "body"] as const) {
    await using server = await shopServer();
    const { client, engine } = await testClient(options(server));
    // Always: Deno and Bun ask again by themselves when a connection out of their pool breaks at once.
    server.answerAlways({ destroy, body: JSON.stringify(shopDocument()).slice(0, 2000) });
    await assert.rejects(
      client.refresh(),
      (error) => error instanceof FetchError || error instanceof DocumentError,
    );
    assert.equal(engine.alive, 1, destroy);
    assert.equal(engine.open, 0, destroy);
    client.close();
  }
});

test("the timeout covers the head", async () => {
  await using server = await shopServer();
  const clock = new ManualClock();
  server.answerAlways({ hang: "head" });
  const pending = fetchError(testClient(options(server, { requestTimeout: 7 }), clock));
  for (let attempt = 1; attempt <= 4; attempt++) {
    await server.received(attempt);
    clock.advance(6_999);
    assert.equal(server.requests.length, attempt);
    clock.advance(1);
  }
  const error = await pending;
  assert.match(
    error.message,
    /did not respond within 7 s \(the option requestTimeout\) \(4 attempts in 28.0 s\)$/,
  );
  assert.equal(error.retryable, true);
  assert.deepEqual(clock.timers, []);
});

test("a document that arrives slowly, but arrives, is not cut by the limit for silence", async () => {
  const clock = new ManualClock();
  const document = new TextEncoder().encode(JSON.stringify(shopDocument()));
  const parts = Array.from({ length: 40 }, (_, n) => {
    const size = Math.ceil(document.length / 40);
    return document.slice(n * size, (n + 1) * size);
  });
  const slow = (seconds: number): ClientOptions => ({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => {
      const left = [...parts];
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        clock.advance(seconds * 1000 / parts.length);
        const part = left.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(part);
      };
      return Promise.resolve(new Response(new ReadableStream({ pull }, { highWaterMark: 0 })));
    },
  });
  const { client } = await testClient(slow(250), clock);
  assert.equal(client.listFlags().length, 8);
  client.close();
  const { message } = await fetchError(testClient(slow(400), clock));
  assert.match(message, /sent no complete response within 300 s \(the option bodyTimeout\)/);
});

test("the timeout covers silence in the middle of the body", async () => {
  await using server = await shopServer();
  const clock = new ManualClock();
  const engine = new CountingEngine();
  server.answerAlways({ hang: "body", body: JSON.stringify(shopDocument()).slice(0, 2000) });
  const compile = engine.compile.bind(engine);
  engine.compile = (format, namespace) => {
    const compilation = compile(format, namespace);
    return {
      ...compilation,
      write: (chunk) => {
        compilation.write(chunk);
        clock.advance(30_000);
      },
    };
  };
  const pending = fetchError(testClient(options(server), clock, engine));
  assert.match(
    (await pending).message,
    /sent no further data within 30 s \(the option requestTimeout\)/,
  );
  assert.equal(engine.open, 0);
});
