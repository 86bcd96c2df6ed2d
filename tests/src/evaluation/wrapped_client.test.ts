// A client that is wrapped, taken apart or made by hand: what works does, and what cannot says what to do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isReactive, reactive, ref } from "@vue/reactivity";
import { FliptClient, ValidationError } from "../../../mod.ts";
import { shopDocument, testClient } from "../../support/runtime.ts";
import { testFlags } from "../../../testing/mod.ts";

const asked = { flagKey: "dark-mode", entityId: "user-1", context: {} } as const;

async function shop(): Promise<FliptClient> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  return (await testClient({ namespace: "shop", updateInterval: 0, fetcher })).client;
}

/** A Proxy that wraps what it gives, too, as far as a Proxy may. */
function deep<T extends object>(target: T): T {
  return new Proxy(target, {
    get(inner, name, receiver): unknown {
      const value: unknown = Reflect.get(inner, name, receiver);
      return typeof value === "object" && value !== null && Object.isExtensible(value) ? deep(value) : value;
    },
  });
}

const wrappers: Readonly<Record<string, (client: FliptClient) => FliptClient>> = {
  "new Proxy(client, {})": (client) => new Proxy(client, {}),
  "a Proxy of a Proxy": (client) => new Proxy(new Proxy(client, {}), {}),
  "a Proxy that wraps deeply": deep,
  "Object.create(client)": (client) => Object.create(client),
  "Vue's reactive": (client) => reactive(client) as FliptClient,
  "Vue's ref": (client) => ref(client).value as FliptClient,
  "a member of Vue's reactive": (client) => reactive({ client }).client as FliptClient,
};

for (const [name, wrap] of Object.entries(wrappers)) {
  test(`everything of a client works through ${name}`, async () => {
    const client = await shop();
    const wrapped = wrap(client);
    assert.equal(wrapped.evaluateBoolean(asked).enabled, true);
    assert.equal(wrapped.evaluateVariant("checkout-flow", "user-1").variantKey, "classic");
    assert.equal(wrapped.evaluateBatch([asked]).responses.length, 1);
    assert.equal((await wrapped.explain("boolean", asked)).result.enabled, true);
    assert.equal(wrapped.listFlags().length, 8);
    assert.equal(wrapped.getSnapshot(), client.getSnapshot());
    assert.equal(wrapped.engine.kind, "portable");
    assert.equal(wrapped.status.state, "ready");
    assert.equal(await wrapped.refresh(), false);
    wrapped.updateAuthentication({ clientToken: "other" });
    const states: string[] = [];
    wrapped.on("status", ({ state }) => states.push(state));
    assert.ok(wrapped instanceof FliptClient);
    await wrapped[Symbol.asyncDispose]();
    assert.deepEqual(states, ["closed"]);
  });
}

test("Vue leaves a client as it is: evaluations cost no more in a component", async () => {
  const client = await shop();
  assert.equal(isReactive(reactive(client)), false);
  assert.equal(ref(client).value, client);
  client.close();
});

test("a test client works through a Proxy, too", () => {
  const client = new Proxy(testFlags({ "dark-mode": true }), {});
  assert.equal(client.evaluateBoolean(asked).enabled, true);
  client.set("dark-mode", false);
  assert.equal(client.evaluateBoolean(asked).enabled, false);
  assert.equal(client.evaluations.length, 2);
});

test("a method that was detached from its client says so", async () => {
  const client = await shop();
  const methods: Readonly<Record<string, readonly unknown[]>> = {
    evaluateBoolean: [asked],
    evaluateVariant: [{ ...asked, flagKey: "checkout-flow" }],
    evaluateBatch: [[asked]],
    explain: ["boolean", asked],
    listFlags: [],
    getSnapshot: [],
    refresh: [],
    on: ["update", () => {}],
    updateAuthentication: [{ clientToken: "other" }],
    share: [],
    close: [],
  };
  for (const [name, parameters] of Object.entries(methods)) {
    const method = client[name as keyof FliptClient] as (...parameters: readonly unknown[]) => unknown;
    for (const owner of [undefined, null, {}, globalThis]) {
      await assert.rejects(async () => await method.apply(owner, [...parameters]), {
        name: "ValidationError",
        message:
          `${name} was detached from its client: call client.${name}(…), or pass (…) => client.${name}(…)`,
      });
    }
  }
  client.close();
});

test("only what reading the context throws is called a problem of the context", async () => {
  const client = await shop();
  const broken = new Error("of the getter");
  const context = {
    get country(): string {
      throw broken;
    },
  };
  const flag = { flagKey: "checkout-flow", entityId: "user-1" };
  const calls = [
    () => client.evaluateVariant({ ...flag, context }),
    () => client.evaluateBatch([{ ...flag, context }]),
    () => client.explain("variant", { ...flag, context }),
  ];
  for (const call of calls) {
    await assert.rejects(async () => await call(), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.match(
        error.message,
        /the context for flag "checkout-flow" could not be read: a property of it threw/,
      );
      assert.equal(error.cause, broken);
      return true;
    });
  }
  // What the engine itself throws is no matter of the context.
  const { client: failing } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(shopDocument())),
  });
  const deepest = (): unknown => {
    try {
      return deepest();
    } catch {
      return failing.evaluateVariant({ ...flag, context: { country: "NL" } });
    }
  };
  try {
    deepest();
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
  }
  failing.close();
  client.close();
});

test("a client that is made by hand, and a class that extends it, say what to do instead", () => {
  const Client = FliptClient as unknown as new (...parameters: readonly unknown[]) => FliptClient;
  for (const parameters of [[], [{ url: "http://localhost:8080" }], [{}, () => {}]]) {
    assert.throws(() => new Client(...parameters), {
      name: "ValidationError",
      message: "use await FliptClient.init({ … }), not new FliptClient()",
    });
  }
  class Extended extends Client {}
  assert.throws(() => new Extended(), {
    name: "ValidationError",
    message: "FliptClient cannot be extended: keep one in a class of your own",
  });
});
