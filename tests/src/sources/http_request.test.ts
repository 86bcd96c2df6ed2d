// What goes over the wire to a server, and which redirects a request follows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { version } from "../../../core/version.ts";
import type { AuthenticationStrategy } from "../../../mod.ts";
import { HttpRequester } from "../../../src/sources/http_request.ts";
import { snapshotUrl } from "../../../src/sources/http_source.ts";
import { timeoutError } from "../../../src/sources/limit_errors.ts";
import { booleanDocument, shopDocument, testClient } from "../../support/runtime.ts";
import { fetchError, options, shopServer } from "../../support/shop_server.ts";

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
      /^(the authentication function failed|the result of the authentication function)/,
    );
    assert.doesNotMatch(error.message, /secret-word/);
  }
  assert.equal(server.requests.length, 0);
});

test("a time limit that ends while a function is waited for blames the function, not the server", async () => {
  const settings = {
    ...{ namespace: "shop", environment: "default", reference: undefined, tls: undefined },
    authentication: () => new Promise<never>(() => {}),
  };
  const url = "http://flipt.example.com/snapshot";
  const attempt = new AbortController();
  const asked = new HttpRequester(settings, () => assert.fail("asked")).get(url, undefined, attempt.signal);
  attempt.abort(timeoutError(url, "did not respond", 30));
  const { message, retryable } = await fetchError(asked);
  const blamed = "the authentication function did not settle in time (the option requestTimeout)";
  assert.equal(message, `${url} was not asked: ${blamed}`);
  assert.equal(retryable, true);
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
