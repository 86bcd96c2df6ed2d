// What programs without types get wrong when they evaluate: each is said where it is made, and not in an outage.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClientOptions,
  FliptClient,
  type Logger,
  type LogLevel,
  ValidationError,
} from "../../../mod.ts";
import { overrideFlags } from "../../../overrides/mod.ts";
import { testFlags } from "../../../testing/mod.ts";
import { shop } from "../../support/shop_client.ts";

/** Anything may be called with anything. */
// deno-lint-ignore no-explicit-any
type Untyped = any;

const FLAGS = { on: true, theme: "dark" } as const;

function refusal(message: RegExp): (error: Error) => boolean {
  return (error) => error instanceof ValidationError && message.test(error.message);
}

test("a default that is not of a call's type is refused, also while the flag answers", () => {
  using client: Untyped = testFlags(FLAGS);
  const scope: Untyped = client.for("e");
  const request = { flagKey: "on", entityId: "e", context: {} };
  const isEnabled = refusal(/^the default of isEnabled\(\) must be a boolean, but is an? (object|string)$/);
  for (const wrong of [{ default: false }, "false"]) {
    assert.throws(() => client.isEnabled("on", "e", {}, wrong), isEnabled);
    assert.throws(() => client.isEnabled(request, wrong), isEnabled);
    assert.throws(() => client.isEnabled("gone", "e", {}, wrong), isEnabled);
    assert.throws(() => scope.isEnabled("on", wrong), isEnabled);
  }
  const variant = refusal(/^the default of variant\(\) must be a string, but is an? (object|boolean)$/);
  for (const wrong of [{ default: "b" }, false]) {
    assert.throws(() => client.variant("theme", "e", {}, wrong), variant);
    assert.throws(() => client.variant({ ...request, flagKey: "theme" }, wrong), variant);
    assert.throws(() => scope.variant("theme", wrong), variant);
  }
  assert.equal(client.isEnabled("gone", "e", {}, null), false);
  assert.equal(client.variant("gone", "e", {}, undefined), "");
});

test("what is no key of a flag is said, whatever comes after it", () => {
  using client: Untyped = testFlags(FLAGS);
  for (const call of ["isEnabled", "variant", "value", "details"]) {
    for (
      const [wrong, message] of [
        [undefined, /^flagKey cannot be empty$/],
        [null, /^flagKey cannot be empty$/],
        [7, /^flagKey must be a string, but is a number$/],
      ] as const
    ) {
      assert.throws(() => client[call](wrong, "user-1"), refusal(message), call);
      assert.throws(() => client[call](wrong, "user-1", { country: "NL" }), refusal(message), call);
    }
  }
});

test("options that are no object are refused, and null is none", () => {
  using client: Untyped = testFlags(FLAGS);
  const scope: Untyped = client.for("e");
  for (const call of ["value", "details"] as const) {
    const message = refusal(
      new RegExp(`^the options of ${call}\\(\\) must be an object, but is a (string|boolean)$`),
    );
    for (const wrong of ["b", false]) {
      assert.throws(() => client[call]("theme", "e", {}, wrong), message);
      assert.throws(() => client[call]({ flagKey: "theme", entityId: "e" }, wrong), message);
      assert.throws(() => scope[call]("theme", wrong), message);
    }
    assert.deepEqual(client[call]("theme", "e", {}, null), client[call]("theme", "e"));
    assert.deepEqual(scope[call]("theme", null), scope[call]("theme"));
  }
  const message = refusal(/^the options of evaluateAll\(\) must be an object, but is an array$/);
  assert.throws(() => client.evaluateAll("e", {}, ["on"]), message);
  assert.throws(() => scope.evaluateAll(["on"]), message);
  assert.deepEqual(client.evaluateAll("e", {}, null), client.evaluateAll("e"));
  assert.deepEqual(scope.evaluateAll(null), scope.evaluateAll());
});

test("a schema that checks nothing is refused, and not taken for a bad attachment", () => {
  using client: Untyped = testFlags({ theme: { variant: "dark", attachment: { columns: 3 } } });
  const message = refusal(/^schema of (value|details)\(\) must be a Standard Schema, such as .*Zod 3\.24/);
  for (const schema of [{}, null, { parse() {} }, { "~standard": {} }]) {
    for (const call of ["value", "details"] as const) {
      assert.throws(() => client[call]("theme", "e", {}, { schema, default: 5 }), message);
      assert.throws(() => client.for("e")[call]("theme", { schema }), message);
    }
  }
});

test("details say what is wrong with a context, and of no batch", () => {
  using client: Untyped = testFlags(FLAGS);
  const { errorCode, errorMessage } = client.details("on", "e", new Map());
  assert.equal(errorCode, "INVALID_CONTEXT");
  assert.match(
    errorMessage,
    /^context must be an object .*, but is a Map; use Object\.fromEntries\(context\)$/,
  );
});

test("a method of a scope that was detached says so, and a scope can be wrapped", () => {
  using client = testFlags(FLAGS);
  const scope: Untyped = client.for("e");
  for (const name of ["isEnabled", "variant", "value", "details", "evaluateAll", "used"]) {
    const detached = scope[name];
    assert.throws(() => detached("on"), refusal(new RegExp(`^${name} was detached from its scope: `)));
  }
  const wrapped: Untyped = new Proxy(scope, {});
  assert.equal(wrapped.isEnabled("on"), true);
  assert.equal(wrapped.digest, scope.digest);
  assert.deepEqual(Object.keys(wrapped.used()), ["on"]);
  wrapped[Symbol.dispose]();
});

test("overrides of a scope that are not made by overrideFlags are refused", () => {
  using client: Untyped = testFlags(FLAGS);
  assert.throws(() => client.for("e", {}, { on: false }), refusal(/must come from overrideFlags\(\)$/));
  assert.equal(client.for("e", {}, overrideFlags({ on: false })).isEnabled("on"), false);
  assert.equal(client.for("e", {}, null).isEnabled("on"), true);
});

/** A client whose lines are kept. */
async function heard(
  logLevel: LogLevel = "warn",
): Promise<{ client: Untyped; lines: string[]; next(): Promise<void> }> {
  const lines: string[] = [];
  let tell = (): void => {};
  const add = (line: string): void => {
    lines.push(line);
    tell();
  };
  const logger: Logger = { debug: add, info: add, warn: add, error: add };
  const { client } = await shop({ logger, logLevel } satisfies ClientOptions);
  return { client, lines, next: () => new Promise((resolve) => tell = resolve) };
}

test("evaluateAll and what ignores a value of a context tell the logger of the client, once", async () => {
  const { client, lines, next } = await heard();
  const first = next();
  assert.deepEqual(Object.keys(client.evaluateAll("e", new Map()).flags), []);
  client.evaluateAll("e", ["x"]);
  client.for("e", "x").evaluateAll();
  await first;
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^flipt: evaluateAll\(\) returned only defaults: .*context must be an object/);
  const second = next();
  client.evaluateVariant("checkout-flow", "e", { email: { home: "a@shop.example" } });
  await second;
  assert.match(lines[1] ?? "", /^flipt: in the context, "email" is an object, which counts as absent/);
  // Neither a blank id, which may be the user's, nor a client that is closed is a mistake of the program.
  client.evaluateAll(" ");
  client.close();
  client.evaluateAll("e");
  assert.equal(lines.length, 2);
});

test("a client whose log is off says nothing of contexts", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { client, lines } = await heard("off");
  client.evaluateAll("e", new Map());
  client.evaluateVariant("checkout-flow", "e", { country: ["NL"], platform: new Date() });
  client.evaluateVariant({ flagKey: "checkout-flow", entityId: "e", contex: {} });
  await client.refresh();
  assert.deepEqual(lines, []);
  assert.equal(warn.mock.callCount(), 0);
  client.close();
});

test("what ignores a value is told by the newest client that is open and wants warnings", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { client: open, lines, next } = await heard();
  const { client: off } = await heard("off");
  const { client: closed } = await heard();
  closed.close();
  const told = next();
  open.evaluateVariant("checkout-flow", "e", { country: ["NL"] });
  await told;
  assert.match(lines[0] ?? "", /"country" is an array/);
  open.close();
  off.evaluateVariant("checkout-flow", "e", { platform: {} });
  off.close();
  // Nobody was told of it, so that the next one is.
  const { client, lines: ownLines, next: nextOwn } = await heard();
  const toldOwn = nextOwn();
  client.evaluateVariant("checkout-flow", "e", { platform: {} });
  await toldOwn;
  assert.match(ownLines[0] ?? "", /"platform" is an object/);
  assert.equal(warn.mock.callCount(), 0);
  client.close();
});

test("a detached evaluation says so, also of a request without a context", () => {
  using client = testFlags(FLAGS);
  const { evaluateBoolean, evaluateVariant }: Untyped = client;
  for (const detached of [evaluateBoolean, evaluateVariant]) {
    assert.throws(
      () => detached({ flagKey: "on", entityId: "e", contex: {} }),
      refusal(/was detached from its client/),
    );
  }
});

test("a context that is there and undefined is not taken for a misspelt one", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { client } = await shop();
  const request = { flagKey: "dark-mode", entityId: "e", context: undefined };
  client.evaluateBoolean(request);
  client.evaluateBatch([request]);
  client.isEnabled(request);
  client.details("dark-mode", "e");
  await client.explain("boolean", request);
  assert.equal(warn.mock.callCount(), 0);
  client.close();
});

test("an unknown flag of an empty state says that there is none at all", async () => {
  const fetcher = (): Promise<Response> =>
    Promise.resolve(
      Response.json({ namespace: { key: "shop" }, flags: [{ key: "a", name: "", enabled: true }] }),
    );
  using client = await FliptClient.init({ fetcher, updateInterval: 0 });
  assert.throws(() => client.evaluateVariant("a", "e"), {
    name: "EvaluationError",
    message:
      "invalid request: failed to get flag information default/a: there is no such flag, nor any other: " +
      "the namespace is empty, or the document is of another one",
  });
});
