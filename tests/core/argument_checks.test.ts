// What programs without types call functions with by mistake.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answersScript } from "../../answers/mod.ts";
import { ValidationError } from "../../core/errors.ts";
import { documentFromFeatures } from "../../file/mod.ts";
import { health, healthResponse } from "../../health/mod.ts";
import { fliptTelemetry } from "../../otel/mod.ts";
import { parseOverrides, signedOverrides } from "../../overrides/mod.ts";
import { fliptMetrics } from "../../prometheus/mod.ts";
import * as middleware from "../../request/middleware.ts";
import { withFlags } from "../../request/mod.ts";
import { denoKvStore } from "../../store/deno_kv.ts";
import { redisStore } from "../../store/redis.ts";
import { FliptTestServer } from "../../testing/mod.ts";
import { createdClient } from "../support/runtime.ts";
import { fetchShop } from "../support/shop_client.ts";

type Untyped = (...values: readonly unknown[]) => unknown;

const identify = (): void => {};
const client = { for: (): void => {} };

const CALLS: readonly (readonly [call: unknown, values: readonly unknown[], message: RegExp])[] = [
  [health, [], /^client of health\(\) must be a client, but is undefined$/],
  [health, [{}], /^client of health\(\) must be a client, but has no status$/],
  [healthResponse, [null], /^client of health\(\) must be a client, but is null$/],
  [fliptMetrics().observe, [], /^client of observe\(\) must be a client, but is undefined$/],
  [fliptTelemetry().observe, [{}], /^client of observe\(\) must be a client, but has no on\(\)$/],
  [withFlags, [{}], /^run of withFlags\(\) must be a function, but is undefined$/],
  [answersScript, [], /^source of answersScript\(\) must be a scope, .* but is undefined$/],
  [answersScript, [{}], /^source of answersScript\(\) must be a scope, .* but has no evaluateAll\(\)$/],
  [parseOverrides, [null], /^the overrides must be a string, but is null$/],
  [
    signedOverrides({ secret: "s".repeat(32) }),
    [{}],
    /^signedOverrides\(\) reads the headers of a request, .*c\.req\.raw$/,
  ],
  [documentFromFeatures, [], /^text of documentFromFeatures\(\) must be a string, but is undefined$/],
  [denoKvStore, [{}, []], /^kv of denoKvStore\(\) must be a Deno KV database, but has no get\(\)$/],
  [denoKvStore, [kv(), "a"], /^key of denoKvStore\(\) must be an array, but is a string$/],
  [redisStore, [{}, "a"], /^client of redisStore\(\) must be a client of .*, but has no get\(\)$/],
  [redisStore, [{ get: identify, set: identify }, " "], /^key of redisStore\(\) cannot be empty$/],
  ...Object.entries(middleware).flatMap(([name, make]) =>
    [
      [
        make,
        [undefined, identify],
        new RegExp(`^client of ${name}\\(\\) must be a client, but is undefined$`),
      ],
      [make, [client], new RegExp(`^identify of ${name}\\(\\) must be a function, but is undefined$`)],
    ] as const
  ),
];

for (const [call, values, message] of CALLS) {
  test(`says ${message.source} of a wrong argument`, async () => {
    await assert.rejects(
      async () => await (call as Untyped)(...values),
      (error: Error) => error instanceof ValidationError && message.test(error.message),
    );
  });
}

test("says how a test server is started where somebody makes one with new", () => {
  const Untyped = FliptTestServer as unknown as new (...values: readonly unknown[]) => unknown;
  for (const values of [[], [{}], [{}, 5]]) {
    assert.throws(() => new Untyped(...values), {
      name: "ValidationError",
      message: "use await FliptTestServer.start(), not new FliptTestServer()",
    });
  }
});

test("a client of a middleware may be made later, and is refused if it is none then", async () => {
  const later: { for?: unknown } = {};
  const wrapper = new Proxy(() => {}, { get: (_, name) => Reflect.get(later, name) });
  for (const [name, make] of Object.entries(middleware)) {
    assert.throws(() => (make as Untyped)(Promise.resolve(client), identify), {
      name: "ValidationError",
      message: `client of ${name}() must be a client, but is a Promise: await it`,
    });
    for (const given of [later, wrapper]) assert.ok((make as Untyped)(given, identify));
  }
  const hono = (middleware.honoFlags as Untyped)(later, () => ({ entityId: "user-1" })) as Untyped;
  const context = { set: identify };
  await assert.rejects(async () => await hono(context, identify), {
    name: "ValidationError",
    message: "the client of the middleware must be a client, but has no for()",
  });
  const { client: made } = createdClient({ namespace: "shop", fetcher: fetchShop, updateInterval: 0 });
  later.for = made.for.bind(made);
  await hono(context, identify);
  made.close();
});

test("a client and its scope are taken for what they are", () => {
  const { client } = createdClient({ namespace: "shop", fetcher: fetchShop, updateInterval: 0 });
  assert.equal(health(client).status, "initializing");
  fliptMetrics().observe(client)();
  const scope = client.for("user-1");
  assert.match(answersScript(scope), /^<script /);
  assert.equal(withFlags(scope, () => 5), 5);
  for (const make of Object.values(middleware)) assert.ok((make as Untyped)(client, identify));
  client.close();
});

function kv(): Readonly<Record<string, () => void>> {
  return { get: identify, list: identify, atomic: identify };
}
