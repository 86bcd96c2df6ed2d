// Evaluations that cannot throw: which value comes when, what is told of defaults, and attachments as values.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type {
  DefaultEvent,
  EvaluationDetails,
  EvaluationHook,
  FliptClient,
  HookRequest,
  StandardSchema,
} from "../../../mod.ts";
import { EvaluationError, FliptClient as Client, ValidationError } from "../../../mod.ts";
import { testFlags } from "../../../testing/mod.ts";
import { testClient } from "../../support/runtime.ts";
import { failing, fetchShop, shop } from "../../support/shop_client.ts";

const FLAGS = {
  on: true,
  off: false,
  theme: { variant: "dark", attachment: { columns: 3, colors: ["black"] } },
  plain: "wide",
  none: "",
} as const;

/** Takes the defaults that a client tells of, without their lines. */
function defaultsOf(client: FliptClient): DefaultEvent[] {
  const events: DefaultEvent[] = [];
  client.on("default", (event) => events.push(event));
  return events;
}

/** Keeps what is written by console.warn, for as long as `run` takes. */
async function warnings(run: () => unknown): Promise<string[]> {
  const warn = mock.method(console, "warn", () => {});
  try {
    await run();
    return warn.mock.calls.map(({ arguments: [line] }) => String(line));
  } finally {
    warn.mock.restore();
  }
}

/** Runs a test without the lines that defaults write. */
function quietTest(name: string, run: () => unknown): void {
  test(name, async () => void await warnings(run));
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

/** A schema that notes how often it was asked. */
function schemaOf<Output>(validate: StandardSchema<Output>["~standard"]["validate"]): {
  schema: StandardSchema<Output>;
  asked: () => number;
} {
  let asked = 0;
  const schema: StandardSchema<Output> = {
    "~standard": { version: 1, vendor: "test", validate: (value) => (asked++, validate(value)) },
  };
  return { schema, asked: () => asked };
}

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
    [schemaOf((value) => Promise.resolve({ value })).schema, /has an async schema$/],
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

test("a value that cannot be frozen is given as it is", () => {
  const client = testFlags(FLAGS);
  const { schema } = schemaOf(() => ({ value: { bytes: new Uint8Array(2), map: new Map([[1, 2]]) } }));
  assert.deepEqual(client.value("theme", "e", {}, { schema })?.bytes, new Uint8Array(2));
});

test("a line is written for each flag and minute of a default that an error led to", async () => {
  const lines = await warnings(async () => {
    const { client, clock } = await shop();
    for (let i = 0; i < 5; i++) client.isEnabled("nope", "e");
    client.variant("other", "e");
    client.variant("no-rules", "e", {}, "quiet: the flag gives no variant");
    clock.advance(59_000);
    client.isEnabled("nope", "e");
    clock.advance(1_000);
    client.isEnabled("nope", "e");
    client.close();
  });
  const line = (flag: string): string =>
    `flipt: the default is returned for flag "${flag}" (FLAG_NOT_FOUND): ` +
    `invalid request: failed to get flag information shop/${flag}: there is no such flag`;
  assert.deepEqual(lines, [line("nope"), line("other"), line("nope")]);
});

test("keys from anywhere write a hundred lines a minute at most", async () => {
  const lines = await warnings(() => {
    const client = testFlags();
    for (let i = 0; i < 500; i++) client.isEnabled(`flag-${i}`, "e");
  });
  assert.equal(lines.length, 100);
});

test("a hook runs once for each call, and hears of no answer where there is none", async () => {
  const calls: string[] = [];
  const hooks = [{
    before: ({ flagKey }: { flagKey: string }) => calls.push(`before ${flagKey}`),
    after: ({ flagKey, value }: { flagKey: string; value: string }) =>
      calls.push(`after ${flagKey} ${value}`),
  }];
  await warnings(() => {
    const client = testFlags(FLAGS, { hooks });
    client.isEnabled("on", "e");
    client.variant("plain", "e");
    client.value("theme", "e");
    client.details("none", "e");
    client.isEnabled("nope", "e");
    client.evaluateAll("e");
  });
  assert.deepEqual(calls, [
    ...["on true", "plain wide", "theme dark", "none "].flatMap((each) => [
      `before ${each.split(" ")[0]}`,
      `after ${each}`,
    ]),
    "before nope",
  ]);
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

quietTest(
  "all flags are answered from one state, with the values of details and the declared defaults",
  () => {
    const client = testFlags(FLAGS, { defaults: { on: false, gone: "x" } });
    const { flags, digest } = client.evaluateAll("e", { country: "NL" });
    assert.equal(digest, client.status.digest);
    assert.deepEqual({ ...flags }, {
      on: { value: true, reason: "DEFAULT_EVALUATION_REASON" },
      off: { value: false, reason: "FLAG_DISABLED_EVALUATION_REASON" },
      theme: {
        value: { columns: 3, colors: ["black"] },
        variantKey: "dark",
        reason: "MATCH_EVALUATION_REASON",
      },
      plain: { value: "wide", variantKey: "wide", reason: "MATCH_EVALUATION_REASON" },
      none: { value: "", reason: "UNKNOWN_EVALUATION_REASON" },
      gone: { value: "x", reason: "ERROR_EVALUATION_REASON" },
    });
    const some = client.evaluateAll("e", {}, { keys: ["off", "gone", "nope"] });
    assert.deepEqual(Object.keys(some.flags), ["off", "gone"]);
    assert.deepEqual(Object.keys(client.evaluateAll("e", 5 as never).flags), ["on", "gone"]);
    client.close();
    assert.deepEqual(Object.keys(client.evaluateAll("e").flags), ["on", "gone"]);
    assert.equal(client.evaluateAll("e").digest, undefined);
  },
);

test("all flags of a blank entity are defaults, and keys that are no array throw", () => {
  const client = testFlags(FLAGS, { defaults: { on: false } });
  for (const answers of [client.evaluateAll(" "), client.for("").evaluateAll()]) {
    assert.deepEqual({ ...answers.flags }, { on: { value: false, reason: "ERROR_EVALUATION_REASON" } });
  }
  const keys = "on" as unknown as string[];
  const expected = {
    name: "ValidationError",
    message: "keys must be an array of flag keys, but is a string",
  };
  assert.throws(() => client.evaluateAll("e", {}, { keys }), expected);
  assert.throws(() => client.for("e").evaluateAll({ keys }), expected);
});

test("all flags answer as they do one by one, on the shop's flags", async () => {
  const { client } = await shop();
  for (const entityId of ["user-1", "user-2", "staff-1"]) {
    const context = { country: "NL", consent: "yes", orders: 3, tier: 1 };
    const { flags } = client.evaluateAll(entityId, context);
    assert.equal(Object.keys(flags).length, 8);
    for (const [key, answer] of Object.entries(flags)) {
      const { value = "", variantKey, reason } = client.details(key, entityId, context);
      assert.deepEqual({ ...answer, variantKey: answer?.variantKey }, { value, variantKey, reason }, key);
    }
  }
  client.close();
});

quietTest(
  "every default that an error led to reaches the error stage of hooks, once for an evaluation",
  () => {
    const stages: string[] = [];
    const requests = new Set<string>();
    const stage = (name: string) => (data: HookRequest & { readonly error?: unknown }): void => {
      const { error } = data;
      const told = error instanceof EvaluationError
        ? error.code
        : error instanceof ValidationError
        ? "INVALID"
        : "";
      stages.push(`${name}${error === undefined ? "" : ` ${told}`}`);
      requests.add(data.requestId);
    };
    const names = ["before", "after", "error", "finally"] as const;
    const hook: Partial<EvaluationHook> = Object.fromEntries(names.map((name) => [name, stage(name)]));
    const client = testFlags(FLAGS, { hooks: [hook] });
    const stagesOf = (ask: () => unknown): string => {
      stages.length = 0;
      requests.clear();
      ask();
      assert.ok(requests.size <= 1, stages.join());
      return stages.join(", ");
    };
    const failed = (code: string): string => `before, error ${code}, finally`;
    const unusable = "before, after, finally, error INVALID_ATTACHMENT";
    const { schema } = schemaOf(() => ({ issues: [{ message: "no" }] }));
    const none = "no-such-flag";
    const context = 5 as unknown as Record<string, unknown>;
    assert.equal(stagesOf(() => client.value("theme", "e", {}, { default: 1, schema })), unusable);
    assert.equal(stagesOf(() => client.value("theme", "e", {}, { schema })), unusable);
    assert.equal(stagesOf(() => client.details("theme", "e", {}, { schema })), unusable);
    assert.equal(stagesOf(() => client.isEnabled(none, "e")), failed("FLAG_NOT_FOUND"));
    assert.equal(stagesOf(() => client.details(none, "e")), failed("FLAG_NOT_FOUND"));
    assert.equal(stagesOf(() => client.variant("on", "e")), failed("TYPE_MISMATCH"));
    for (const flagKey of ["theme", "on"]) {
      assert.equal(stagesOf(() => client.details(flagKey, "", {})), failed("INVALID"));
      assert.equal(stagesOf(() => client.details(flagKey, "e", context)), failed("INVALID"));
      assert.equal(stagesOf(() => client.value(flagKey, " ", {})), failed("INVALID"));
      assert.equal(stagesOf(() => client.value({ flagKey, entityId: "e", context })), failed("INVALID"));
      assert.equal(stagesOf(() => client.isEnabled(flagKey, "", {})), failed("INVALID"));
    }
    // What is no error, or has no default, is as it was.
    assert.equal(stagesOf(() => client.variant("none", "e", {}, "wide")), "before, after, finally");
    assert.equal(stagesOf(() => client.value("theme", "e")), "before, after, finally");
    assert.equal(stagesOf(() => assert.throws(() => client.evaluateBoolean("on", ""))), "");
    const scope = client.for("e");
    assert.equal(stagesOf(() => [1, 2].map(() => scope.value("theme", { schema }))), unusable);
    assert.equal(stagesOf(() => [1, 2].map(() => scope.details(none))), failed("FLAG_NOT_FOUND"));
    client.close();
    assert.equal(stagesOf(() => client.details("on", "e")), failed("NOT_READY"));
  },
);
