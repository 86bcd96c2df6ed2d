// Who the client is to the server: tokens that rotate, and tokens that never show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { AuthenticationProvider, AuthenticationStrategy, ClientOptions } from "../../../mod.ts";
import { FetchError, ValidationError } from "../../../mod.ts";
import { FaultServer, responseText } from "../../support/fault_server.ts";
import { booleanDocument, shopDocument, testClient } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const secret = "s3cret-t0ken-zyx";

/** A server that lets in who has one of the tokens. */
async function guarded(...tokens: string[]): Promise<FliptServer> {
  const server = await FliptServer.start({ authorizations: tokens.map((token) => `Bearer ${token}`) });
  server.setDocument("shop", shopDocument());
  return server;
}

function options(server: { url: string }, authentication: ClientOptions["authentication"]): ClientOptions {
  return { url: server.url, namespace: "shop", updateInterval: 0, authentication };
}

/** Gives the tokens one after the other, the last one for ever. */
function tokens(...list: string[]): AuthenticationProvider & { asked: number } {
  const provider = Object.assign((): AuthenticationStrategy => {
    provider.asked++;
    return { clientToken: list[Math.min(provider.asked, list.length) - 1] ?? "" };
  }, { asked: 0 });
  return provider;
}

async function rejection(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FetchError, String(error));
  return error;
}

test("a token that expired is asked for anew, once, and the request is made again with it", async () => {
  await using server = await guarded("new");
  const provider = tokens("old", "new");
  const { client } = await testClient(options(server, provider));
  assert.deepEqual(server.requests.map(({ headers }) => headers["authorization"]), [
    "Bearer old",
    "Bearer new",
  ]);
  assert.equal(provider.asked, 2);
  await client.refresh();
  assert.equal(provider.asked, 3);
  client.close();
});

test("a second token that is not accepted either is an error, and so is the same one again", async () => {
  await using server = await guarded("good");
  const different = tokens("old", "older", "good");
  const error = await rejection(testClient(options(server, different)));
  assert.deepEqual([error.status, error.attempts, different.asked], [401, 1, 2]);
  assert.equal(server.requests.length, 2);
  const same = tokens("old");
  await rejection(testClient(options(server, same)));
  assert.deepEqual([same.asked, server.requests.length], [2, 3]);
});

test("secrets in the option headers are kept out of what the server repeats, and other words are not", async () => {
  await using server = await FaultServer.start(booleanDocument("shop", "a", true));
  const headers = {
    "x-api-key": "key-1234567",
    "x-token": "key-1234567-more",
    cookie: "session=abcdefgh; theme=dark",
    "x-author": "demo",
    "x-team": "checkout",
  };
  const said = "key-1234567-more and key-1234567, abcdefgh of checkout by demo in the dark";
  server.onSnapshot = ({ socket }) =>
    void socket.end(responseText(400, {}, JSON.stringify({ message: said })));
  const error = await rejection(testClient({ url: server.url, namespace: "shop", headers }));
  assert.equal(error.serverMessage, "[token] and [token], [token] of checkout by demo in the dark");
  assert.doesNotMatch(shown(error), /key-1234567|more|abcdefgh/);
});

test("a static token is not tried twice", async () => {
  await using server = await guarded("good");
  const error = await rejection(testClient(options(server, { clientToken: "bad1" })));
  assert.equal(error.status, 401);
  assert.equal(error.serverMessage, "request was not authenticated");
  assert.equal(server.requests.length, 1);
});

test("a stream asks for its token anew, too", async () => {
  await using server = await FaultServer.start(booleanDocument("shop", "a", true));
  server.onStream = (exchange) => {
    if (exchange.request.headers["authorization"] === "Bearer new") server.answer(exchange);
    else exchange.socket.write(responseText(401));
  };
  const provider = tokens("old", "old", "new");
  const { client } = await testClient({ ...options(server, provider), fetchMode: "streaming" });
  await server.until(() => server.streams === 1);
  const sent = server.requests.map(({ headers }) => headers["authorization"]);
  assert.deepEqual(sent, ["Bearer old", "Bearer old", "Bearer new"]);
  client.close();
});

test("updateAuthentication counts from the next request on", async () => {
  await using server = await guarded("first", "second", "third");
  const { client } = await testClient(options(server, { clientToken: "first" }));
  client.updateAuthentication({ clientToken: "second" });
  await client.refresh();
  client.updateAuthentication(() => Promise.resolve({ clientToken: "third" }));
  await client.refresh();
  const sent = server.requests.map(({ headers }) => headers["authorization"]);
  assert.deepEqual(sent, ["Bearer first", "Bearer second", "Bearer third"]);
  client.close();
});

test("updateAuthentication refuses what is no token, at once, and keeps the one it has", async () => {
  await using server = await guarded("first");
  const { client } = await testClient(options(server, { clientToken: "first" }));
  for (
    const wrong of [undefined, null, "first", { token: "x" }, { clientToken: "a\nb" }, {
      clientToken: `${secret}\u0007`,
    }]
  ) {
    assert.throws(() => client.updateAuthentication(wrong as unknown as AuthenticationStrategy), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, /^the authentication (must|has)/);
      assert.doesNotMatch(error.message, new RegExp(secret));
      return true;
    });
  }
  assert.equal(await client.refresh(), false);
  client.close();
});

/** Everything that a program may print or send somewhere. */
function shown(value: unknown): string {
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true }), String(value)];
  parts.push(
    JSON.stringify(value, Object.getOwnPropertyNames(value ?? {})) ?? "",
    JSON.stringify(value) ?? "",
  );
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(inspect(error), String(error.stack), error.message, JSON.stringify(error));
  }
  return parts.join("\n");
}

test("a token shows in no error, event, log or picture of the client", async () => {
  const logged: string[] = [];
  const originals = { warn: console.warn, error: console.error, log: console.log };
  const log = (...parts: unknown[]): void => void logged.push(parts.map(shown).join(" "));
  Object.assign(console, { warn: log, error: log, log });
  try {
    const echo = `{"code":16,"message":"bad token ${secret}, header Bearer ${secret}"}`;
    for (const authentication of [{ clientToken: secret }, () => ({ jwtToken: secret })]) {
      for (const fetchMode of ["polling", "streaming"] as const) {
        await using server = await FaultServer.start(booleanDocument("shop", "a", true));
        const { client, clock } = await testClient({
          ...options(server, authentication),
          fetchMode,
          errorStrategy: "fallback",
        });
        client.on("error", (error) => {
          logged.push(shown(error));
          throw error;
        });
        client.on("status", (status) => void logged.push(shown(status)));
        if (fetchMode === "streaming") {
          await server.until(() => server.streams === 1);
          server.sendToStreams(`{"error":${echo}}\n`);
        }
        const answers = [
          responseText(401, {}, echo),
          responseText(500, {}, echo),
          responseText(302, { Location: `http://other.invalid/${secret}?token=${secret}` }),
          responseText(200, {}, `{"oops":"${secret}"}`),
          "nonsense\r\n\r\n",
        ];
        for (const answer of answers) {
          server.onSnapshot = ({ socket }) => void socket.end(answer);
          const error = await client.refresh().then(() => undefined, (reason: unknown) => reason);
          assert.ok(error instanceof Error);
          logged.push(shown(error));
        }
        server.onSnapshot = ({ socket }) => socket.destroy();
        logged.push(shown(await client.refresh().catch((error: unknown) => error)));
        logged.push(shown(client), shown(client.status), shown(client.engine), shown(clock.timers));
        logged.push(`${client}`, JSON.stringify({ client }));
        client.close();
      }
    }
  } finally {
    Object.assign(console, originals);
  }
  assert.ok(logged.length > 40, String(logged.length));
  assert.ok(logged.some((text) => text.includes("[token]")));
  for (const text of logged) assert.ok(!text.includes(secret), text);
});
