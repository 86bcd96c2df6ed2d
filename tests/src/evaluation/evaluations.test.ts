// Evaluating: requests, batches and lists, and what is said of keys and contexts that are of no use.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationContext, EvaluationRequest } from "../../../mod.ts";
import { EvaluationError, ValidationError } from "../../../mod.ts";
import { shop } from "../../support/shop_client.ts";

test("a variant flag is evaluated, by a request or by position", async () => {
  const { client } = await shop();
  const context = { country: "NL", consent: "yes", orders: 3, tier: 1 };
  const { timestamp, requestDurationMillis, ...answer } = client.evaluateVariant({
    flagKey: "checkout-flow",
    entityId: "user-1",
    context,
  });
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 10_000);
  assert.ok(Number.isInteger(requestDurationMillis));
  assert.equal(answer.match, true);
  assert.equal(answer.reason, "MATCH_EVALUATION_REASON");
  assert.deepEqual([...answer.segmentKeys].sort(), ["eu-visitors", "returning"]);
  const second = client.evaluateVariant("checkout-flow", "user-1", context);
  assert.equal(second.variantKey, answer.variantKey);
  assert.deepEqual(second.segmentKeys, answer.segmentKeys);
  client.close();
});

test("a boolean flag is evaluated, by a request or by position", async () => {
  const { client } = await shop();
  const request = { flagKey: "free-shipping", entityId: "user-1", context: { employee: true } };
  const { enabled, reason, segmentKeys, flagKey } = client.evaluateBoolean(request);
  assert.deepEqual([enabled, reason, segmentKeys, flagKey], [
    true,
    "MATCH_EVALUATION_REASON",
    ["staff"],
    "free-shipping",
  ]);
  assert.equal(client.evaluateBoolean("free-shipping", "user-1", { employee: true }).enabled, true);
  client.close();
});

test("a context that is absent or null is an empty one", async () => {
  const { client } = await shop();
  const absent: unknown[] = [undefined, null, {}, Object.create(null)];
  for (const context of absent) {
    const request = { flagKey: "checkout-flow", entityId: "e", context } as EvaluationRequest;
    assert.deepEqual(client.evaluateVariant(request).segmentKeys, ["everyone"]);
    assert.deepEqual(client.evaluateBatch([request]).responses.length, 1);
  }
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e", null).segmentKeys, ["everyone"]);
  client.close();
});

test("a context may be an instance of a class", async () => {
  class Visitor {
    readonly platform = "ios";
    get agent(): string {
      return "Mobile";
    }
  }
  const { client } = await shop();
  const visitor = new Visitor() as unknown as EvaluationContext;
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e", visitor).segmentKeys, ["mobile"]);
  client.close();
});

test("blank and wrongly typed keys are refused in every kind of evaluation", async () => {
  const { client } = await shop();
  const cases: [flagKey: unknown, entityId: unknown, message: string][] = [
    ["", "e", "flagKey cannot be empty"],
    [" \t\n\u00a0", "e", "flagKey cannot be empty"],
    [undefined, "e", "flagKey cannot be empty"],
    [null, "e", "flagKey cannot be empty"],
    [5, "e", "flagKey must be a string, but is a number"],
    [["dark-mode"], "e", "flagKey must be a string, but is an array"],
    ["dark-mode", "", "entityId cannot be empty"],
    ["dark-mode", "\u2003", "entityId cannot be empty"],
    ["dark-mode", undefined, "entityId cannot be empty"],
    ["dark-mode", 12n, "entityId must be a string, but is a bigint"],
    ["dark-mode", true, "entityId must be a string, but is a boolean"],
  ];
  for (const [flagKey, entityId, message] of cases) {
    const request = { flagKey, entityId, context: {} } as EvaluationRequest;
    const expected = { name: "ValidationError", message };
    assert.throws(() => client.evaluateVariant(request), expected);
    assert.throws(() => client.evaluateBoolean(request), expected);
    assert.throws(() => client.evaluateBatch([request]), {
      name: "ValidationError",
      message: `request 0 of the batch: ${message}`,
    });
    if (typeof flagKey !== "object") {
      assert.throws(() => client.evaluateBoolean(flagKey as string, entityId as string), expected);
    }
  }
  client.close();
});

test("keys that begin with white space, or a letter beyond ASCII, are no blank ones", async () => {
  const { client } = await shop();
  for (const flagKey of [" dark-mode", "österreich", "\u0001", "\u007f", "🎈"]) {
    assert.throws(() => client.evaluateBoolean(flagKey, " e"), {
      name: "EvaluationError",
      message: `invalid request: failed to get flag information shop/${flagKey}: there is no such flag${
        flagKey === " dark-mode" ? '; did you mean "dark-mode"?' : ""
      }`,
    });
  }
  client.close();
});

test("a context that is no object of properties is refused", async () => {
  const { client } = await shop();
  const cases: [context: unknown, what: string][] = [
    ["country=NL", "a string"],
    [5, "a number"],
    [[], "an array"],
    [new Map([["country", "NL"]]), "a Map; use Object.fromEntries(context)"],
    [Promise.resolve({ country: "NL" }), "a Promise; await it"],
    [new Set(), "a Set"],
    [new URLSearchParams("country=NL"), "a collection; use Object.fromEntries(context)"],
    [new Headers({ country: "NL" }), "a collection; use Object.fromEntries(context)"],
    [() => ({}), "a function"],
  ];
  for (const [context, what] of cases) {
    const message = `context must be an object such as { country: "NL" }, but is ${what}`;
    const request = { flagKey: "dark-mode", entityId: "e", context } as EvaluationRequest;
    assert.throws(() => client.evaluateBoolean(request), { name: "ValidationError", message });
    assert.throws(() => client.evaluateVariant(request), { name: "ValidationError", message });
    assert.throws(() => client.evaluateBatch([{ flagKey: "a", entityId: "e" }, request]), {
      name: "ValidationError",
      message: `request 1 of the batch: ${message}`,
    });
  }
  client.close();
});

test("unknown flags and flags of the other type are errors with the reference's words, and what to do", async () => {
  const unknown = "invalid request: failed to get flag information shop";
  const { client } = await shop();
  const cases: [() => unknown, string][] = [
    [() => client.evaluateVariant("nope", "e"), `${unknown}/nope: there is no such flag`],
    [() => client.evaluateBoolean("nope", "e"), `${unknown}/nope: there is no such flag`],
    [
      () => client.evaluateVariant("checkout-flwo", "e"),
      `${unknown}/checkout-flwo: there is no such flag; did you mean "checkout-flow"?`,
    ],
    [
      () => client.evaluateVariant("dark-mode", "e"),
      "invalid request: dark-mode is not a variant flag: use evaluateBoolean()",
    ],
    [
      () => client.evaluateBoolean("banner", "e"),
      "invalid request: banner is not a boolean flag: use evaluateVariant()",
    ],
  ];
  for (const [call, message] of cases) assert.throws(call, { name: "EvaluationError", message });
  client.close();
});

test("explaining an unknown flag fails with the same words, and a hint is found again", async () => {
  const { client } = await shop();
  for (let i = 0; i < 2; i++) {
    await assert.rejects(client.explain("boolean", "drak-mode", "e"), {
      name: "EvaluationError",
      message: "invalid request: failed to get flag information shop/drak-mode: there is no such flag; " +
        'did you mean "dark-mode"?',
    });
  }
  // Keys without end get no hints without end.
  for (let i = 0; i < 50; i++) {
    assert.throws(() => client.evaluateBoolean(`dark-mode${i}`, "e"), /there is no such flag/);
  }
  client.close();
});

test("a request whose members are misspelt is told which", async () => {
  const { client } = await shop();
  const misspelt = (request: unknown): EvaluationRequest => request as EvaluationRequest;
  assert.throws(() => client.evaluateBoolean(misspelt({ flag_key: "dark-mode", entityId: "e" })), {
    name: "ValidationError",
    message: 'flagKey cannot be empty: the request has "flag_key" in place of flagKey',
  });
  assert.throws(() => client.evaluateBatch([misspelt({ flagKey: "dark-mode", entityID: "e" })]), {
    name: "ValidationError",
    message:
      'request 0 of the batch: entityId cannot be empty: the request has "entityID" in place of entityId',
  });
  await assert.rejects(client.explain("boolean", misspelt({ flagkey: "dark-mode", entityId: "e" })), {
    message: 'flagKey cannot be empty: the request has "flagkey" in place of flagKey',
  });
  client.close();
});

test("a getter of the context that throws makes a ValidationError that names the flag and keeps the cause", async () => {
  const { client } = await shop();
  const cause = new Error("lost connection");
  const context = {
    get email(): string {
      throw cause;
    },
  };
  const calls = [
    () => client.evaluateVariant("checkout-flow", "e", context),
    () => client.evaluateBatch([{ flagKey: "checkout-flow", entityId: "e", context }]),
  ];
  for (const call of calls) {
    assert.throws(call, (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, /^the context for flag "checkout-flow" could not be read/);
      assert.equal(error.cause, cause);
      return true;
    });
  }
  assert.equal(client.evaluateVariant("checkout-flow", "e").match, true);
  client.close();
});

test("a proxy that was revoked is a context that cannot be read", async () => {
  const { client } = await shop();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.throws(() => client.evaluateVariant("checkout-flow", "e", proxy), ValidationError);
  assert.throws(
    () => client.evaluateBatch([{ flagKey: "checkout-flow", entityId: "e", context: proxy }]),
    ValidationError,
  );
  client.close();
});

test("a getter of the context may evaluate by itself", async () => {
  const { client } = await shop();
  const inner: string[] = [];
  const context = {
    get email(): string {
      inner.push(client.evaluateVariant("checkout-flow", "e2", { platform: "ios" }).segmentKeys.join());
      return "a@shop.example";
    },
  };
  assert.deepEqual(client.evaluateVariant("checkout-flow", "e1", context).segmentKeys, ["staff"]);
  assert.deepEqual(inner, ["mobile"]);
  client.close();
});

test("an error of this package that a getter meets comes out as it is", async () => {
  const { client } = await shop();
  const context = {
    get email(): string {
      return client.evaluateVariant("nope", "e").variantKey;
    },
  };
  assert.throws(() => client.evaluateVariant("checkout-flow", "e", context), {
    name: "EvaluationError",
    message: "invalid request: failed to get flag information shop/nope: there is no such flag",
  });
  client.close();
});

test("a getter that closes the client leaves everything sane", async () => {
  const { client, engine } = await shop();
  const context = {
    get email(): string {
      client.close();
      return "a@shop.example";
    },
  };
  try {
    client.evaluateVariant("checkout-flow", "e", context);
  } catch (error) {
    assert.ok(error instanceof EvaluationError, String(error));
  }
  assert.throws(() => client.evaluateVariant("checkout-flow", "e"), /the client is closed/);
  assert.equal(engine.alive, 0);
});

test("a batch answers in order, with an error entry for an unknown flag", async () => {
  const { client } = await shop();
  const { responses, requestDurationMillis } = client.evaluateBatch([
    { flagKey: "banner", entityId: "e", context: {} },
    { flagKey: "nope", entityId: "e", context: {} },
    { flagKey: "dark-mode", entityId: "e" },
  ]);
  assert.ok(Number.isInteger(requestDurationMillis) && requestDurationMillis >= 0);
  assert.deepEqual(responses.map(({ type }) => type), [
    "VARIANT_EVALUATION_RESPONSE_TYPE",
    "ERROR_EVALUATION_RESPONSE_TYPE",
    "BOOLEAN_EVALUATION_RESPONSE_TYPE",
  ]);
  const [variant, error, boolean] = responses;
  assert.ok(variant?.type === "VARIANT_EVALUATION_RESPONSE_TYPE");
  assert.equal(variant.variantEvaluationResponse.variantKey, "winter");
  assert.ok(error?.type === "ERROR_EVALUATION_RESPONSE_TYPE");
  assert.deepEqual(error.errorEvaluationResponse, {
    flagKey: "nope",
    namespaceKey: "shop",
    reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
  });
  assert.ok(boolean?.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE");
  assert.equal(boolean.booleanEvaluationResponse.enabled, true);
  assert.deepEqual(client.evaluateBatch([]).responses, []);
  client.close();
});

test("a batch that is none, or has something that is no request, is refused before anything is evaluated", async () => {
  let evaluated = 0;
  const { client } = await shop({ hook: { before: () => evaluated++ } });
  const good = { flagKey: "dark-mode", entityId: "e" };
  const cases: [requests: unknown, message: string][] = [
    [good, "the requests of evaluateBatch() must be an array, but is an object"],
    [undefined, "the requests of evaluateBatch() must be an array, but is undefined"],
    [
      [good, "dark-mode"],
      "request 1 of the batch: it must be { flagKey, entityId, context }, but is a string",
    ],
    // deno-lint-ignore no-sparse-arrays
    [[good, , good], "request 1 of the batch: it must be { flagKey, entityId, context }, but is undefined"],
  ];
  for (const [requests, message] of cases) {
    assert.throws(() => client.evaluateBatch(requests as EvaluationRequest[]), {
      name: "ValidationError",
      message,
    });
  }
  assert.equal(evaluated, 0);
  client.close();
});

test("flags are listed", async () => {
  const { client } = await shop();
  const flags = client.listFlags();
  assert.equal(flags.length, 8);
  const banner = flags.find(({ key }) => key === "banner");
  assert.equal(banner?.enabled, false);
  assert.equal(banner?.type, "VARIANT_FLAG_TYPE");
  assert.equal(banner?.defaultVariant?.key, "winter");
  client.close();
});
