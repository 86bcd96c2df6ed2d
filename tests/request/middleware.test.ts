// Middleware: each request has its flags, in the frameworks themselves where they are installed, and otherwise with what
// these promise to call.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import fastify from "fastify";
import { type Context, Hono } from "hono";
import {
  elysiaFlags,
  expressFlags,
  fastifyFlags,
  freshFlags,
  honoFlags,
  oakFlags,
  type Scope,
} from "../../request/middleware.ts";
import { flags } from "../../request/mod.ts";
import { type TestFlags, testFlags } from "../../testing/mod.ts";

/** A client that keeps the scopes that it made, each with whether it is still held. */
function shop(): { client: TestFlags; scopes: { scope: Scope; isHeld: boolean }[] } {
  const client = testFlags({ theme: "light" });
  client.set("theme", "dark", { entityId: "user-2" });
  const scopes: { scope: Scope; isHeld: boolean }[] = [];
  const make = client.for.bind(client);
  client.for = (entityId, context) => {
    const scope = make(entityId, context);
    const kept = { scope, isHeld: true };
    const dispose = scope[Symbol.dispose].bind(scope);
    scopes.push(kept);
    return Object.assign(scope, {
      [Symbol.dispose]: () => {
        kept.isHeld = false;
        dispose();
      },
    });
  };
  return { client, scopes };
}

const themeOf = async (): Promise<string> => {
  await setImmediate();
  return flags().variant("theme");
};

test("Hono", async () => {
  const { client, scopes } = shop();
  const app = new Hono<{ Variables: { flags: Scope } }>();
  app.use(
    honoFlags(
      client,
      (c: Context) => ({ entityId: c.req.header("x-user") ?? "", context: { path: c.req.path } }),
    ),
  );
  app.get("/", async (c) => c.text(`${await themeOf()} ${c.get("flags").context["path"]}`));
  app.get("/broken", () => {
    throw new Error("own");
  });
  for (const [user, expected] of [["user-1", "light /"], ["user-2", "dark /"]] as const) {
    assert.equal(await (await app.request("/", { headers: { "x-user": user } })).text(), expected);
  }
  app.onError((_, c) => c.text("failed", 500));
  assert.equal((await app.request("/broken")).status, 500);
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false, false, false]);
});

test("Fastify", async () => {
  const { client, scopes } = shop();
  const app = fastify();
  app.addHook(
    "onRequest",
    fastifyFlags(client, (request: { headers: IncomingMessage["headers"] }) => {
      if (request.headers["x-user"] === "nobody") throw new Error("who is this?");
      return { entityId: String(request.headers["x-user"]) };
    }),
  );
  app.get(
    "/",
    async (request) => `${await themeOf()} ${(request as unknown as { flags: Scope }).flags.entityId}`,
  );
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const get = (user: string): Promise<Response> =>
    fetch(url, { headers: { "x-user": user, connection: "close" } });
  assert.equal(await (await get("user-1")).text(), "light user-1");
  assert.equal(await (await get("user-2")).text(), "dark user-2");
  assert.equal((await get("nobody")).status, 500);
  await app.close();
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false, false]);
});

test("Express, and NestJS upon it: what calls (request, response, next)", async () => {
  const { client, scopes } = shop();
  const middleware = expressFlags(client, async (request: IncomingMessage) => {
    await setImmediate();
    if (request.headers["x-user"] === undefined) throw new Error("who is this?");
    return { entityId: String(request.headers["x-user"]) };
  });
  const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.end(`${await themeOf()} ${(request as unknown as { flags: Scope }).flags.entityId}`);
  };
  const server = createServer((request, response) =>
    middleware(request, response, (error) => {
      if (error === undefined) void handler(request, response);
      else response.writeHead(500).end(String(error));
    })
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (headers: Record<string, string>): Promise<Response> =>
    fetch(url, { headers: { ...headers, connection: "close" } });
  assert.equal(await (await get({ "x-user": "user-1" })).text(), "light user-1");
  assert.equal(await (await get({ "x-user": "user-2" })).text(), "dark user-2");
  const refused = await get({});
  assert.deepEqual([refused.status, await refused.text()], [500, "Error: who is this?"]);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false, false]);
});

test("Oak: what calls (context, next)", async () => {
  const { client, scopes } = shop();
  const context = { state: {} as { flags?: Scope }, response: { body: "" } };
  const middleware = oakFlags(client, (_: typeof context) => ({ entityId: "user-2" }));
  await middleware(context, async () => {
    context.response.body = `${await themeOf()} ${context.state.flags?.entityId}`;
  });
  assert.equal(context.response.body, "dark user-2");
  await assert.rejects(middleware(context, () => Promise.reject(new Error("own"))), /own/);
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false, false]);
});

test("Fresh: what calls (context), whose next() gives a response", async () => {
  const { client, scopes } = shop();
  const context = {
    req: new Request("http://shop/", { headers: { "x-user": "user-2" } }),
    state: {} as { flags?: Scope },
    next: async () => new Response(`${await themeOf()} ${context.state.flags?.entityId}`),
  };
  const middleware = freshFlags(
    client,
    ({ req }: typeof context) => ({ entityId: req.headers.get("x-user") ?? "" }),
  );
  assert.equal(await (await middleware(context)).text(), "dark user-2");
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false]);
});

test("Elysia: what derives a handler's context, and tells when the response is sent", async () => {
  const { client, scopes } = shop();
  const { derive, dispose } = elysiaFlags(client, ({ request }) => ({
    entityId: request.headers.get("x-user") ?? "",
  }));
  const request = new Request("http://shop/", { headers: { "x-user": "user-2" } });
  const context = { request, ...await derive({ request }) };
  assert.equal(context.flags.variant("theme"), "dark");
  dispose(context);
  dispose({});
  assert.deepEqual(scopes.map(({ isHeld }) => isHeld), [false]);
});

test("middleware takes a client of declared flags, and a request that nobody can be told of is an error", async () => {
  const { client } = shop();
  const middleware = honoFlags(client, () => ({ entityId: undefined as unknown as string }));
  await assert.rejects(middleware({ set: () => {} }, () => Promise.resolve()), /entityId cannot be empty/);
  for (const [nobody, what] of [[undefined, "undefined"], [null, "null"], ["user-1", "a string"]]) {
    const { derive } = elysiaFlags(client, () => nobody as never);
    await assert.rejects(derive({ request: new Request("http://shop.test") }), {
      name: "ValidationError",
      message:
        `identify must return { entityId }, with an id for anonymous visitors, too, but returned ${what}`,
    });
  }
});

test("a request without an entity is an error of the middleware, which frameworks answer with 500", async () => {
  const { client, scopes } = shop();
  const failures: readonly [unknown, string][] = [
    [{ context: {} }, "entityId cannot be empty"],
    [{ entityId: 5 }, "entityId must be a string, but is a number"],
    [
      undefined,
      "identify must return { entityId }, with an id for anonymous visitors, too, but returned undefined",
    ],
  ];
  for (const [identity, message] of failures) {
    const app = new Hono();
    let seen: Error | undefined;
    app.onError((error, c) => {
      seen = error;
      return c.text("failed", 500);
    });
    app.use(honoFlags(client, () => identity as { entityId: string }));
    assert.equal((await app.request("/")).status, 500);
    assert.deepEqual([seen?.name, seen?.message], ["ValidationError", message]);
  }
  assert.deepEqual(scopes, []);
});
