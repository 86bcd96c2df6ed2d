// What goes over the wire, and what the client makes of each answer.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type {
  AuthenticationStrategy,
  ClientOptions,
  FetcherResponse,
  IFetcherOptions,
} from "../../../mod.ts";
import { DocumentError, EvaluationError, FetchError } from "../../../mod.ts";
import { snapshotUrl } from "../../../src/sources/http_source.ts";
import { version } from "../../../core/version.ts";
import {
  booleanDocument,
  CountingEngine,
  ManualClock,
  shopDocument,
  testClient,
  withFlag,
} from "../../support/runtime.ts";
import type { ScriptedAnswer } from "../../support/server.ts";
import { FliptServer } from "../../support/server.ts";
import { reachedAs, unlessFetch } from "../../support/transport.ts";

/** A server with the flags of the shop. */
async function shopServer(version: 1 | 2 = 2, authorizations?: readonly string[]): Promise<FliptServer> {
  const server = await FliptServer.start({ version, authorizations });
  server.setDocument("shop", shopDocument(version));
  return server;
}

function options(server: FliptServer, more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", updateInterval: 0, ...more };
}

/** The FetchError that the promise rejects with. */
async function fetchError(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FetchError, `expected a FetchError, got ${error}`);
  return error;
}

/** The answer of a real server, from the file that it was captured in. */
function captured(file: string): ScriptedAnswer {
  const text = readFileSync(new URL(`../../fixtures/server-errors/${file}`, import.meta.url), "utf8");
  const [head = "", body = ""] = text.split(/\r?\n\r?\n/);
  const status = Number(head.split(" ")[1]);
  return { status, headers: { "content-type": "application/json" }, body: body.trim() };
}

test("a request has the headers that Flipt needs, and no others of ours", async () => {
  await using server = await shopServer();
  const { client } = await testClient(options(server));
  const [request] = server.requests;
  assert.equal(request?.method, "GET");
  assert.equal(request?.path, "/internal/v1/evaluation/snapshot/namespace/shop");
  const { headers } = request;
  assert.equal(headers["accept"], "application/json");
  assert.equal(headers["x-flipt-accept-server-version"], "1.47.0");
  assert.equal(headers["x-flipt-environment"], "default");
  assert.equal(headers["user-agent"], `flipt-ffi-client/${version}`);
  assert.equal(headers["authorization"], undefined);
  assert.equal(headers["if-none-match"], undefined);
  client.close();
});

test("names are percent-encoded, and a path and slashes in the url are kept as they should be", () => {
  const base = { url: "http://flipt.example.com/base", namespace: "a b/ü?", reference: "feature/x&y" };
  assert.equal(
    snapshotUrl(base),
    "http://flipt.example.com/base/internal/v1/evaluation/snapshot/namespace/a%20b%2F%C3%BC%3F" +
      "?reference=feature%2Fx%26y",
  );
  assert.equal(
    snapshotUrl({ url: "http://localhost:8080", namespace: "default", reference: undefined }),
    "http://localhost:8080/internal/v1/evaluation/snapshot/namespace/default",
  );
});

test("an environment with letters that a header cannot carry arrives encoded", async () => {
  await using server = await shopServer();
  server.setDocument("shop", booleanDocument("shop", "only-here", true), { environment: "bühne" });
  const { client } = await testClient(options(server, { environment: "bühne" }));
  assert.equal(server.requests[0]?.headers["x-flipt-environment"], "b%C3%BChne");
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["only-here"]);
  client.close();
});

test("a url with slashes at its end and a path is asked there", async () => {
  await using server = await shopServer();
  server.answerAlways({ body: JSON.stringify(shopDocument()) });
  const { client } = await testClient(options(server, { url: `${server.url}/behind/proxy///` }));
  assert.equal(server.requests[0]?.path, "/behind/proxy/internal/v1/evaluation/snapshot/namespace/shop");
  client.close();
});

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

test("both kinds of tokens go with their own scheme", async () => {
  const kinds: [AuthenticationStrategy, string][] = [
    [{ clientToken: "opaque" }, "Bearer opaque"],
    [{ jwtToken: "a.b.c" }, "JWT a.b.c"],
  ];
  for (const [authentication, header] of kinds) {
    await using server = await shopServer(2, [header]);
    const { client } = await testClient(options(server, { authentication }));
    assert.equal(server.requests[0]?.headers["authorization"], header);
    client.close();
  }
});

test("a function is asked for the token before each request", async () => {
  await using server = await shopServer();
  let count = 0;
  const authentication = (): AuthenticationStrategy | Promise<AuthenticationStrategy> => {
    count++;
    return count % 2 === 1 ? { clientToken: `t${count}` } : Promise.resolve({ jwtToken: `t${count}` });
  };
  const { client } = await testClient(options(server, { authentication }));
  await client.refresh();
  await client.refresh();
  const sent = server.requests.map(({ headers }) => headers["authorization"]);
  assert.deepEqual(sent, ["Bearer t1", "JWT t2", "Bearer t3"]);
  client.close();
});

test("an authentication function that fails, or gives no usable token, is a FetchError without secrets", async () => {
  await using server = await shopServer();
  const failing: (() => AuthenticationStrategy | Promise<AuthenticationStrategy>)[] = [
    () => {
      throw new Error("vault said secret-word");
    },
    () => Promise.reject(new Error("vault said secret-word")),
    () => ({ clientToken: "secret-word\n" }),
    () => "secret-word" as unknown as AuthenticationStrategy,
  ];
  for (const authentication of failing) {
    const error = await fetchError(testClient(options(server, { authentication })));
    assert.match(
      error.message,
      /^(the authentication function failed|what the authentication function gave)/,
    );
    assert.doesNotMatch(error.message, /secret-word/);
  }
  assert.equal(server.requests.length, 0);
});

test("errors say what the server said, where it was asked and what to do", async () => {
  const cases: [file: string, options: ClientOptions, message: RegExp, retryable: boolean][] = [
    [
      "v2auth-snap_noauth.http",
      {},
      /answered 401: request was not authenticated; the server wants a token: set the authentication option$/,
      false,
    ],
    [
      "v2auth-snap_noauth.http",
      { authentication: { clientToken: "wrong" } },
      /answered 401: request was not authenticated; the server does not accept this token/,
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
  assert.match(error.message, /answered 404; this is not what Flipt answers: check the url option$/);
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
  assert.match(error.message, /answered 304; nothing was asked that this could be the answer to$/);
});

test("a redirect within the origin is followed, a circle of them is not", async () => {
  await using server = await shopServer();
  server.answerOnce({ status: 307, headers: { location: "/elsewhere/../internal/v1/x" } });
  server.answerOnce(({ path }) => {
    assert.equal(path, "/internal/v1/x");
    return { body: JSON.stringify(shopDocument()) };
  });
  const { client } = await testClient(options(server, { authentication: { clientToken: "t" } }));
  assert.equal(client.listFlags().length, 8);
  assert.equal(server.requests[1]?.headers["authorization"], "Bearer t");
  client.close();
  server.answerAlways({ status: 302, headers: { location: "/again" } });
  assert.match((await fetchError(testClient(options(server)))).message, / redirects more than 5 times$/);
});

test("a token follows no redirect to another origin", async () => {
  await using server = await shopServer();
  await using other = await shopServer();
  const location = `${other.url.replace("http://", "http://user:pass@")}/internal/v1/x?secret=1`;
  server.answerOnce({ status: 301, headers: { location } });
  const error = await fetchError(testClient(options(server, { authentication: { clientToken: "t" } })));
  assert.ok(
    error.message.includes(`redirects to another origin, ${other.url}/internal/v1/x:`),
    error.message,
  );
  assert.doesNotMatch(error.message, /user|pass|secret/);
  assert.equal(error.status, 301);
  assert.equal(other.requests.length, 0);
});

test("a redirect without a target is an error", async () => {
  await using server = await shopServer();
  server.answerOnce({ status: 302 });
  const error = await fetchError(testClient(options(server)));
  assert.match(error.message, /redirects, without saying where to: set the url option/);
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
  assert.match(error.message, /gave no complete answer within 7 s \(the option requestTimeout\)$/);
  assert.equal(error.retryable, true);
  assert.deepEqual(clock.timers, []);
});

test("the timeout covers the body", async () => {
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
  assert.match((await pending).message, /gave no complete answer within 30 s/);
  assert.equal(engine.open, 0);
});

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
    }, /^the custom fetcher failed: no route$/],
    [() => Promise.reject(new Error("no route")), /^the custom fetcher failed: no route$/],
    [() => undefined, /^the custom fetcher must give a Response.* but gave undefined$/],
    [() => Promise.resolve(minimal(503, {}, null)), /^the custom fetcher answered 503$/],
    [() => Promise.resolve(minimal(304, {}, null)), /^the custom fetcher answered 304; nothing was asked/],
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
  assert.match((await pending).message, /^the custom fetcher gave no complete answer within 3 s/);
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
