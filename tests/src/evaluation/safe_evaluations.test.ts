// Evaluations that cannot throw: which value comes when, what is told of defaults, and attachments as values.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { DefaultEvent, EvaluationDetails, FliptClient, StandardSchema } from "../../../mod.ts";
import { FliptClient as Client, ValidationError } from "../../../mod.ts";
import { testFlags } from "../../../testing/mod.ts";
import { testClient } from "../../support/runtime.ts";
import { FLAGS, quietTest, schemaOf } from "../../support/safe_calls.ts";
import { failing, fetchShop, shop } from "../../support/shop_client.ts";
import { warnings } from "../../support/warnings.ts";

/** Takes the defaults that a client tells of, without their lines. */
function defaultsOf(client: FliptClient): DefaultEvent[] {
  const events: DefaultEvent[] = [];
  client.on("default", (event) => events.push(event));
  return events;
}

quietTest("a flag that answers has its own value, also false, and no default", () => {
  const client = testFlags(FLAGS, { defaults: { off: true, plain: "narrow", theme: { columns: 1 } } });
  const events = defaultsOf(client);
  assert.equal(client.isEnabled("on", "e"), true);
  assert.equal(client.isEnabled("off", "e", {}, true), false);
  assert.equal(client.isEnabled({ flagKey: "off", entityId: "e" }, true), false);
  assert.equal(client.variant("plain", "e"), "wide");
  assert.equal(client.variant({ flagKey: "theme", entityId: "e", context: { a: 1 } }, "light"), "dark");
  assert.deepEqual(client.value("theme", "e"), { columns: 3, colors: ["black"] });
  assert.equal(client.details("off", "e").value, false);
  assert.deepEqual(events, []);
});

quietTest(
  "the default of the call comes before the declared one, and that before false and the empty key",
  () => {
    const client = testFlags({}, { defaults: { a: true, b: "blue", c: { size: 2 } } });
    assert.equal(client.isEnabled("a", "e"), true);
    assert.equal(client.isEnabled("a", "e", {}, false), false);
    assert.equal(client.isEnabled({ flagKey: "a", entityId: "e" }, false), false);
    assert.equal(client.isEnabled("z", "e"), false);
    assert.equal(client.variant("b", "e"), "blue");
    assert.equal(client.variant("b", "e", {}, "red"), "red");
    assert.equal(client.variant("z", "e"), "");
    assert.deepEqual(client.value("c", "e"), { size: 2 });
    assert.deepEqual(client.value("c", "e", {}, { default: { size: 3 } }), { size: 3 });
    assert.deepEqual(client.value({ flagKey: "c", entityId: "e" }, { default: { size: 4 } }), { size: 4 });
    assert.equal(client.value("z", "e"), undefined);
    // A declared default of another type is of no use to the call.
    assert.equal(client.isEnabled("b", "e"), false);
    assert.equal(client.variant("a", "e"), "");
    assert.equal(client.value("b", "e"), undefined);
    // What every object has is no default.
    assert.equal(client.variant("constructor", "e"), "");
    assert.equal(client.value("__proto__", "e"), undefined);
  },
);

quietTest("a variant flag without a variant has the default, which is no error", () => {
  const client = testFlags(FLAGS, { defaults: { none: "some" } });
  const events = defaultsOf(client);
  assert.equal(client.variant("none", "e"), "some");
  assert.equal(client.value("plain", "e", {}, { default: 5 }), 5);
  assert.deepEqual(events, [
    { flagKey: "none", value: "some", errorCode: undefined, errorMessage: undefined },
    { flagKey: "plain", value: 5, errorCode: undefined, errorMessage: undefined },
  ]);
  const details = client.details("none", "e");
  assert.equal(details.usedDefault, true);
  assert.equal(details.errorCode, undefined);
  assert.equal(details.reason, "UNKNOWN_EVALUATION_REASON");
  assert.equal(testFlags(FLAGS).variant("none", "e"), "");
});

const problems: readonly [
  name: string,
  of: () => Promise<EvaluationDetails> | EvaluationDetails,
  code: string,
  message: RegExp,
][] = [
  [
    "an unknown flag",
    () => testFlags().details("nope", "e"),
    "FLAG_NOT_FOUND",
    /flag information default\/nope/,
  ],
  [
    "a variant flag where a boolean is wanted",
    () => testFlags(FLAGS).details("plain", "e", {}, { default: true }),
    "TYPE_MISMATCH",
    /plain is not a boolean flag/,
  ],
  [
    "a boolean flag where a key is wanted",
    () => testFlags(FLAGS).details("on", "e", {}, { default: "x" }),
    "TYPE_MISMATCH",
    /on is not a variant flag/,
  ],
  [
    "a boolean flag where an object is wanted",
    () => testFlags(FLAGS).details("on", "e", {}, { default: {} }),
    "TYPE_MISMATCH",
    /on is not a variant flag/,
  ],
  [
    "a context that is none",
    () => testFlags(FLAGS).details("on", "e", [] as never),
    "INVALID_CONTEXT",
    /context must be an object/,
  ],
  [
    "an entity without an id",
    () => testFlags(FLAGS).details("on", ""),
    "INVALID_CONTEXT",
    /entityId cannot be empty/,
  ],
  [
    "a property that throws",
    async () => {
      const { client } = await shop();
      const context = {
        get country(): string {
          throw new Error("gone");
        },
      };
      return client.details("checkout-flow", "e", context);
    },
    "INVALID_CONTEXT",
    /could not be read/,
  ],
  [
    "no flag state",
    async () => {
      const { client } = await testClient({ fetcher: failing, errorStrategy: "fallback", updateInterval: 0 });
      return client.details("on", "e");
    },
    "NOT_READY",
    /flag information default\/on/,
  ],
  [
    "a closed client",
    () => {
      const client = testFlags(FLAGS);
      client.close();
      return client.details("on", "e");
    },
    "NOT_READY",
    /the client is closed/,
  ],
  [
    "a failed fetch under strict",
    async () => {
      let fetcher = fetchShop;
      const { client } = await shop({ fetcher: () => fetcher(), errorStrategy: "strict" });
      fetcher = failing;
      await assert.rejects(client.refresh());
      return client.details("dark-mode", "e");
    },
    "STALE",
    /could not be refreshed/,
  ],
  [
    "an attachment that is no JSON",
    async () => (await withAttachment("{")).details("a", "e"),
    "INVALID_ATTACHMENT",
    /the attachment of "a" cannot be used: SyntaxError/,
  ],
];

for (const [name, of, code, message] of problems) {
  quietTest(`details say what is wrong: ${name}`, async () => {
    const details = await of();
    assert.equal(details.errorCode, code);
    assert.match(details.errorMessage ?? "", message);
    assert.equal(details.usedDefault, true);
    assert.ok(!("error" in details));
  });
}

/** A client with one flag whose variant has an attachment that somebody typed. */
async function withAttachment(attachment: string): Promise<FliptClient> {
  const defaultVariant = { id: "1", key: "v", attachment };
  const fetcher = () =>
    Promise.resolve(
      Response.json({
        namespace: { key: "default" },
        flags: [{ key: "a", name: "", enabled: true, defaultVariant }],
      }),
    );
  return (await testClient({ fetcher, updateInterval: 0 })).client;
}

test("a mistake of the program throws, as the other calls do", () => {
  const client = testFlags(FLAGS);
  const calls: readonly ((flagKey: string, entityId: string) => unknown)[] = [
    (flagKey, entityId) => client.isEnabled(flagKey, entityId),
    (flagKey, entityId) => client.variant(flagKey, entityId),
    (flagKey, entityId) => client.value(flagKey, entityId),
    (flagKey, entityId) => client.details(flagKey, entityId),
    (flagKey, entityId) => client.details({ flagKey, entityId }),
    (flagKey, entityId) => client.isEnabled({ flagKey, entityId }),
  ];
  for (const call of calls) {
    for (const flagKey of ["", " ", undefined, null, 5]) {
      assert.throws(() => call(flagKey as string, "e"), ValidationError, String(flagKey));
    }
    for (const entityId of [undefined, null, 5, {}]) {
      assert.throws(() => call("on", entityId as string), ValidationError, String(entityId));
    }
  }
  assert.throws(() => client.evaluateAll(undefined as unknown as string), ValidationError);
  for (const name of ["isEnabled", "variant", "value", "details"] as const) {
    const call: (...args: never[]) => unknown = client[name];
    assert.throws(() => call.call(undefined, ...["on", "e"] as never[]), {
      name: "ValidationError",
      message: new RegExp(`^${name} was detached from its client`),
    });
  }
  assert.throws(() => client.isEnabled(null as never), ValidationError);
});

test("a value is parsed once for each flag state, and frozen all the way down", () => {
  const client = testFlags(FLAGS);
  const first = client.value<{ columns: number; colors: string[] }>("theme", "e");
  assert.equal(client.value("theme", "other"), first);
  assert.equal(client.details("theme", "e").value, first);
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first?.colors));
  client.set("plain", "narrow");
  assert.deepEqual(client.value("theme", "e"), first);
  assert.notEqual(client.value("theme", "e"), first);
});

quietTest("a schema checks a value once for each flag state, and gives what it makes of it", () => {
  const client = testFlags(FLAGS);
  const { schema, asked } = schemaOf((value) => ({
    value: { count: (value as { columns: number }).columns, at: new Date(0) },
  }));
  const value = client.value("theme", "e", {}, { schema });
  assert.deepEqual(value, { count: 3, at: new Date(0) });
  assert.equal(client.value({ flagKey: "theme", entityId: "f" }, { schema }), value);
  assert.equal(client.details("theme", "e", {}, { schema }).value, value);
  assert.equal(asked(), 1);
  client.set("plain", "narrow");
  client.value("theme", "e", {}, { schema });
  assert.equal(asked(), 2);
});

quietTest("what a schema refuses is an INVALID_ATTACHMENT that says where", () => {
  const client = testFlags(FLAGS);
  const wrong: readonly [StandardSchema<unknown>, RegExp][] = [
    [
      schemaOf(() => ({
        issues: [{ message: "too few", path: ["columns"] }, { message: "odd", path: [{ key: "colors" }, 0] }],
      })).schema,
      /of "theme" does not fit its schema: columns: too few; colors: 0: odd$/,
    ],
    [schemaOf(() => ({ issues: [{ message: "no" }] })).schema, /does not fit its schema: no$/],
    [
      schemaOf((value) => Promise.resolve({ value })).schema,
      /has a schema that returned a promise$/,
    ],
    [
      schemaOf(() => {
        throw new Error("broken");
      }).schema,
      /cannot be used: Error: broken$/,
    ],
  ];
  for (const [schema, message] of wrong) {
    assert.equal(client.value("theme", "e", {}, { schema, default: 1 }), 1);
    const { errorCode, errorMessage, variantKey } = client.details("theme", "e", {}, { schema });
    assert.equal(errorCode, "INVALID_ATTACHMENT");
    assert.match(errorMessage ?? "", message);
    assert.equal(variantKey, "dark");
  }
});

test("a schema whose promise rejects costs a default, and nothing else", async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.on("unhandledRejection", note);
  try {
    await warnings(async () => {
      const client = testFlags(FLAGS);
      const rejecting = (): Promise<never> => Promise.reject(new Error("broken"));
      const thenable = {
        then: (_: unknown, onRejected?: (reason: unknown) => void) => onRejected?.(new Error("broken")),
      };
      for (const validate of [rejecting, () => thenable as unknown as Promise<never>]) {
        const { schema } = schemaOf<number>(validate);
        assert.equal(client.value("theme", "e", {}, { schema, default: 1 }), 1);
        assert.equal(client.details("theme", "e", {}, { schema }).errorCode, "INVALID_ATTACHMENT");
        assert.equal(client.for("e").value("theme", { schema, default: 2 }), 2);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
  } finally {
    process.off("unhandledRejection", note);
  }
  assert.deepEqual(rejections, []);
});

test("a value that cannot be frozen is given as it is", () => {
  const client = testFlags(FLAGS);
  const { schema } = schemaOf(() => ({ value: { bytes: new Uint8Array(2), map: new Map([[1, 2]]) } }));
  assert.deepEqual(client.value("theme", "e", {}, { schema })?.bytes, new Uint8Array(2));
});

quietTest("the errors of the throwing calls have the same codes", () => {
  const client = testFlags(FLAGS);
  const codeOf = (call: () => unknown): unknown => {
    try {
      call();
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  assert.equal(codeOf(() => client.evaluateBoolean("nope", "e")), "FLAG_NOT_FOUND");
  assert.equal(codeOf(() => client.evaluateBoolean("plain", "e")), "TYPE_MISMATCH");
  assert.equal(codeOf(() => client.evaluateVariant("on", "e")), "TYPE_MISMATCH");
  client.close();
  assert.equal(codeOf(() => client.evaluateBoolean("on", "e")), "NOT_READY");
});

test("defaults that are no booleans, strings or objects are refused", async () => {
  const init = (defaults: unknown): Promise<FliptClient> =>
    Client.init({ defaults: defaults as Record<string, boolean>, fetcher: fetchShop, namespace: "shop" });
  await assert.rejects(
    init(5),
    /defaults must be an object, but is a number/,
  );
  await assert.rejects(init([true]), /defaults must be an object, but is an array/);
  await assert.rejects(
    init({ a: 5 }),
    /defaults "a" must be a boolean, a string or an object, but is a number/,
  );
});
