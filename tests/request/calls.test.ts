// Middleware in another framework than its own: the request fails, and the error says which middleware to use.

import assert from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import { Hono } from "hono";
import * as middleware from "../../request/middleware.ts";
import { testFlags } from "../../testing/mod.ts";

type Middleware = (...values: readonly unknown[]) => unknown;

const nothing = (): void => {};

/** What each framework calls with. */
const CALLS: Readonly<Record<string, readonly unknown[]>> = {
  expressFlags: [{ headers: {} }, { once: nothing, set: nothing }, nothing],
  fastifyFlags: [{ headers: {} }, { raw: { once: nothing } }, nothing],
  honoFlags: [{ req: {}, set: nothing, get: nothing }, nothing],
  oakFlags: [{ request: { headers: new Headers() }, state: {} }, nothing],
  freshFlags: [{ req: {}, state: {}, next: nothing }],
  elysiaFlags: [{ request: new Request("http://shop.test"), set: {} }],
};

/** The middleware that a function makes. */
function made(name: string, identify: () => unknown = () => ({ entityId: "user-1" })): Middleware {
  const make = (middleware as unknown as Readonly<Record<string, Middleware>>)[name];
  const result = make?.(testFlags(), identify);
  return (name === "elysiaFlags" ? (result as { derive: Middleware }).derive : result) as Middleware;
}

/** How a call fails: by what is thrown, by a rejection, or by `next`. */
async function failureOf(call: Middleware, values: readonly unknown[], isAsync: boolean): Promise<unknown> {
  let passed: unknown;
  const last = values.length === 3 ? [...values.slice(0, 2), (error: unknown) => passed = error] : values;
  try {
    const result = call(...last);
    if (isAsync) await result;
  } catch (error) {
    return error;
  }
  return passed;
}

for (const name of Object.keys(CALLS)) {
  test(`${name} says which middleware to use where it is called by another framework`, async () => {
    let calls = 0;
    const call = made(name, () => {
      calls++;
      return { entityId: "user-1" };
    });
    for (const [right, values] of Object.entries(CALLS)) {
      // The context of Oak has all that is needed of that of Elysia.
      if (right === name || name === "elysiaFlags" && right === "oakFlags") continue;
      const error = await failureOf(call, values, name === "elysiaFlags");
      assert.ok(error instanceof Error, right);
      assert.equal(error.name, "ValidationError");
      assert.match(
        error.message,
        new RegExp(`^the middleware of ${name}\\(\\) must be called with \\(.*, but was called with \\(`),
      );
      // What derives a context in Elysia is told of nothing else.
      const isKnown = name !== "elysiaFlags" || right === "freshFlags";
      const use = isKnown ? `use ${right}()` : "use the one for your framework, or withFlags()";
      assert.ok(error.message.endsWith(`: ${use}`), `${right}: ${error.message}`);
    }
    assert.equal(calls, 0);
  });
}

test("a call by Koa, and one by nobody, is described", () => {
  const koa = { request: { headers: {} }, state: {}, set: nothing, onerror: nothing };
  const calls: readonly [name: string, values: readonly unknown[], message: string][] = [
    [
      "expressFlags",
      [koa, nothing],
      "(request, response, next), but was called with (an object, a function, undefined): use oakFlags()",
    ],
    [
      "honoFlags",
      [koa, nothing],
      "(context, next), and a context that has set(), but was called with (an object, a function): use oakFlags()",
    ],
    [
      "fastifyFlags",
      [],
      "(request, reply, done), but was called with (undefined, undefined, undefined): " +
      "use the one for your framework, or withFlags()",
    ],
  ];
  for (const [name, values, message] of calls) {
    assert.throws(() => made(name)(...values), {
      name: "ValidationError",
      message: `the middleware of ${name}() must be called with ${message}`,
    });
  }
});

test("Fastify and Hono answer with status 500 where a middleware is another one's", async () => {
  for (const name of Object.keys(CALLS)) {
    if (name !== "fastifyFlags") {
      const app = fastify();
      app.addHook("onRequest", made(name) as never);
      app.get("/", () => "served");
      const { statusCode, body } = await app.inject("/");
      assert.equal(statusCode, 500, name);
      assert.match(body, new RegExp(`the middleware of ${name}`));
      await app.close();
    }
    if (name !== "honoFlags") {
      const app = new Hono();
      let message = "";
      app.onError((error, c) => {
        message = error.message;
        return c.text("failed", 500);
      });
      app.use(made(name) as never);
      app.get("/", (c) => c.text("served"));
      assert.equal((await app.request("/")).status, 500, name);
      assert.match(message, new RegExp(`the middleware of ${name}`));
    }
  }
});

test("a request that takes no flags is an error of the middleware, and its scope ends with the response", async () => {
  let ended: (() => void) | undefined;
  const response = { once: (_: string, listener: () => void) => ended = listener };
  let isHeld = true;
  const scope = { [Symbol.dispose]: () => void (isHeld = false) };
  for (const [name, second] of [["expressFlags", response], ["fastifyFlags", { raw: response }]] as const) {
    const client = { for: () => scope };
    const make = middleware[name] as Middleware;
    const call = make(client, () => ({ entityId: "user-1" })) as Middleware;
    isHeld = true;
    const error = await new Promise((resolve) => call(Object.freeze({}), second, resolve));
    assert.ok(error instanceof TypeError, name);
    ended?.();
    assert.equal(isHeld, false);
  }
});

test("frameworks know a middleware by its two parameters, and Hono's context may have a state", async () => {
  for (const name of ["honoFlags", "oakFlags"]) assert.equal(made(name).length, 2, name);
  assert.equal(made("expressFlags").length, 3);
  const app = new Hono();
  app.use(async (context, next) => {
    Object.assign(context, { state: { user: 1 } });
    await next();
  });
  app.use(middleware.honoFlags(testFlags({ on: true }), () => ({ entityId: "user-1" })));
  app.get("/", (context) => context.text(String(context.get("flags" as never) !== undefined)));
  assert.equal(await (await app.request("/")).text(), "true");
});
