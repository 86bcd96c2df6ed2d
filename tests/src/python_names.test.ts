// What programs of Python's `flipt-client` rely on, under the names that docs/migrating.md gives for its own: behaviours
// that hold here as there. Each test is named by Python's name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type ClientOptions,
  EvaluationError,
  FetchError,
  FliptClient,
  FliptError,
  FliptEvaluationClient,
  ValidationError,
} from "../../mod.ts";
import { shopDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const document = shopDocument();
const nl = { country: "NL", consent: "yes" };

let server: FliptServer;
let client: FliptClient;

function options(more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", updateInterval: 0, engine: "portable", ...more };
}

before(async () => {
  server = await FliptServer.start({ authorizations: ["Bearer secret", "JWT secret"] });
  server.setDocument("shop", document);
  client = await FliptClient.init(options({ authentication: { clientToken: "secret" } }));
});
after(async () => {
  client.close();
  await server.close();
});

function message(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof FliptError);
    return `${error.name}: ${error.message}`;
  }
  return "no error";
}

test("evaluate_variant: a match has its variant, segments, reason and the flag's key", () => {
  const answer = client.evaluateVariant("checkout-flow", "staff-1", nl);
  assert.deepEqual([answer.match, answer.flagKey, answer.reason], [
    true,
    "checkout-flow",
    "MATCH_EVALUATION_REASON",
  ]);
  assert.ok(answer.variantKey !== "" && answer.segmentKeys.length > 0);
  assert.ok(!Number.isNaN(Date.parse(answer.timestamp)));
  assert.equal(typeof answer.requestDurationMillis, "number");
});

test("evaluate_variant: variant_attachment is JSON in a string", () => {
  const { variantAttachment = "" } = client.evaluateVariant("checkout-flow", "user-1", {});
  assert.deepEqual(JSON.parse(variantAttachment), { steps: 4, theme: "plain" });
});

test("evaluate_variant: without a match there is no variant, and match is false", () => {
  const { match, variantKey, segmentKeys } = client.evaluateVariant("no-rules", "user-1", nl);
  assert.deepEqual({ match, variantKey, segmentKeys }, { match: false, variantKey: "", segmentKeys: [] });
});

test("evaluate_variant: a flag that is disabled says so, and gives its default variant", () => {
  const { match, variantKey, reason } = client.evaluateVariant("banner", "user-1", nl);
  assert.deepEqual([match, variantKey, reason], [false, "winter", "FLAG_DISABLED_EVALUATION_REASON"]);
});

test("evaluate_variant: the same entity gets the same variant, and not all entities one", () => {
  const variants = Array.from({ length: 200 }, (_, index) => {
    const { variantKey } = client.evaluateVariant("checkout-flow", `user-${index}`, { platform: "ios" });
    assert.equal(
      client.evaluateVariant("checkout-flow", `user-${index}`, { platform: "ios" }).variantKey,
      variantKey,
    );
    return variantKey;
  });
  assert.deepEqual(new Set(variants), new Set(["one-page", "classic"]));
});

test("evaluate_variant and evaluate_boolean: the context may be empty", () => {
  assert.equal(client.evaluateVariant("checkout-flow", "user-1", {}).match, true);
  assert.equal(client.evaluateBoolean("dark-mode", "user-1", {}).enabled, true);
});

test("evaluate_boolean: enabled, the flag's key and the reason", () => {
  const { enabled, flagKey, reason, segmentKeys } = client.evaluateBoolean("dark-mode", "user-1", {});
  assert.deepEqual([enabled, flagKey, reason, segmentKeys], [
    true,
    "dark-mode",
    "DEFAULT_EVALUATION_REASON",
    [],
  ]);
});

test("evaluate_boolean: a rollout that matches names its segments", () => {
  const { enabled, reason, segmentKeys } = client.evaluateBoolean("free-shipping", "user-1", {});
  assert.deepEqual([enabled, reason, segmentKeys], [false, "MATCH_EVALUATION_REASON", ["blocked-regions"]]);
});

test("evaluate_variant and evaluate_boolean: an empty or missing flag_key is refused", () => {
  for (const flagKey of ["", " ", undefined, null] as string[]) {
    assert.equal(
      message(() => client.evaluateVariant(flagKey, "user-1", {})),
      "ValidationError: flagKey cannot be empty",
    );
    assert.equal(
      message(() => client.evaluateBoolean(flagKey, "user-1", {})),
      "ValidationError: flagKey cannot be empty",
    );
  }
});

test("evaluate_variant and evaluate_boolean: an empty or missing entity_id is refused", () => {
  const expected = "ValidationError: entityId cannot be empty";
  for (const entityId of ["", " ", undefined, null] as string[]) {
    assert.equal(message(() => client.evaluateVariant("checkout-flow", entityId, {})), expected);
    assert.equal(message(() => client.evaluateBoolean("dark-mode", entityId, {})), expected);
  }
});

test("evaluate_variant and evaluate_boolean: an unknown flag is an error that names it", () => {
  const expected =
    "EvaluationError: invalid request: failed to get flag information shop/nope: there is no such flag";
  assert.equal(message(() => client.evaluateVariant("nope", "user-1", {})), expected);
  assert.equal(message(() => client.evaluateBoolean("nope", "user-1", {})), expected);
});

test("evaluate_variant and evaluate_boolean: a flag of the other type is an error", () => {
  assert.match(
    message(() => client.evaluateVariant("dark-mode", "user-1", {})),
    /dark-mode is not a variant flag/,
  );
  assert.match(message(() => client.evaluateBoolean("banner", "user-1", {})), /banner is not a boolean flag/);
});

test("evaluate_batch: an answer a request, in their order, of the kind of the flag", () => {
  const { responses } = client.evaluateBatch([
    { flagKey: "checkout-flow", entityId: "user-1", context: nl },
    { flagKey: "dark-mode", entityId: "user-1", context: nl },
    { flagKey: "nope", entityId: "user-1", context: nl },
  ]);
  assert.deepEqual(responses.map(({ type }) => type), [
    "VARIANT_EVALUATION_RESPONSE_TYPE",
    "BOOLEAN_EVALUATION_RESPONSE_TYPE",
    "ERROR_EVALUATION_RESPONSE_TYPE",
  ]);
  const [variant, boolean, error] = responses;
  assert.equal(
    variant?.variantEvaluationResponse?.variantKey,
    client.evaluateVariant("checkout-flow", "user-1", nl).variantKey,
  );
  assert.equal(boolean?.booleanEvaluationResponse?.enabled, true);
  assert.deepEqual(error?.errorEvaluationResponse, {
    flagKey: "nope",
    namespaceKey: "shop",
    reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
  });
});

test("evaluate_batch: none asked, none answered", () => {
  assert.deepEqual(client.evaluateBatch([]).responses, []);
});

test("evaluate_batch: a request without flag_key or entity_id is refused, and says which", () => {
  const good = { flagKey: "dark-mode", entityId: "user-1" };
  assert.match(
    message(() => client.evaluateBatch([good, { ...good, flagKey: "" }])),
    /^ValidationError: request 1 of the batch: flagKey/,
  );
  assert.match(
    message(() => client.evaluateBatch([{ ...good, entityId: "" }])),
    /^ValidationError: request 0 of the batch: entityId/,
  );
});

test("list_flags: every flag with key, type and enabled", () => {
  const flags = client.listFlags();
  assert.deepEqual(flags.map(({ key }) => key).sort(), document.flags.map(({ key }) => key).sort());
  const { type, enabled } = flags.find(({ key }) => key === "dark-mode") ?? {};
  assert.deepEqual([type, enabled], ["BOOLEAN_FLAG_TYPE", true]);
});

test("FliptEvaluationClient is the same class", () => {
  assert.equal(FliptEvaluationClient, FliptClient);
});

test("ClientTokenAuthentication and JWTAuthentication are sent, and a wrong or missing one is refused", async () => {
  for (const authentication of [{ clientToken: "secret" }, { jwtToken: "secret" }]) {
    const authenticated = await FliptClient.init(options({ authentication }));
    assert.equal(authenticated.listFlags().length, document.flags.length);
    authenticated.close();
  }
  for (const authentication of [undefined, { clientToken: "wrong" }]) {
    await assert.rejects(FliptClient.init(options({ authentication })), (error) => {
      assert.ok(error instanceof FetchError);
      assert.equal(error.status, 401);
      return true;
    });
  }
});

test("ErrorStrategy.FAIL: a client without a server is an error", async () => {
  const gone = await FliptServer.start();
  await gone.close();
  await assert.rejects(FliptClient.init(options({ url: gone.url, errorStrategy: "fail" })), FetchError);
});

test("ErrorStrategy.FALLBACK: a client without a server is made, and knows no flag", async () => {
  const gone = await FliptServer.start();
  await gone.close();
  const empty = await FliptClient.init(options({ url: gone.url, errorStrategy: "fallback" }));
  assert.deepEqual(empty.listFlags(), []);
  assert.throws(() => empty.evaluateBoolean("dark-mode", "user-1", {}), EvaluationError);
  empty.close();
});

test("get_snapshot: a client starts from it without a server, with the same answers", async () => {
  const gone = await FliptServer.start();
  await gone.close();
  const snapshot = client.getSnapshot();
  const offline = await FliptClient.init(options({ url: gone.url, errorStrategy: "fallback", snapshot }));
  assert.equal(offline.getSnapshot(), snapshot);
  for (let index = 0; index < 50; index++) {
    assert.equal(
      offline.evaluateVariant("checkout-flow", `user-${index}`, nl).variantKey,
      client.evaluateVariant("checkout-flow", `user-${index}`, nl).variantKey,
    );
  }
  offline.close();
});

test("FetchMode.STREAMING: a change arrives by itself", async () => {
  const streaming = await FliptClient.init(
    options({ authentication: { clientToken: "secret" }, fetchMode: "streaming" }),
  );
  assert.equal(streaming.evaluateBoolean("kill-switch", "user-1", {}).enabled, false);
  const changed = new Promise<readonly string[]>((resolve) => {
    streaming.on("update", ({ changedFlags }) => changedFlags.length > 0 && resolve(changedFlags));
  });
  const flags = document.flags.map((flag) => flag.key === "kill-switch" ? { ...flag, enabled: true } : flag);
  server.setDocument("shop", { ...document, flags });
  assert.deepEqual(await changed, ["kill-switch"]);
  assert.equal(streaming.evaluateBoolean("kill-switch", "user-1", {}).enabled, true);
  streaming.close();
  server.setDocument("shop", document);
});

test("close: safe to call twice, and final", async () => {
  const closed = await FliptClient.init(options({ authentication: { clientToken: "secret" } }));
  closed.close();
  closed.close();
  assert.match(
    message(() => closed.evaluateBoolean("dark-mode", "user-1", {})),
    /^EvaluationError: the client is closed/,
  );
});

test("FliptError is the root, and ValidationError and EvaluationError are told apart", () => {
  assert.ok(new ValidationError("") instanceof FliptError);
  assert.ok(new EvaluationError("") instanceof FliptError);
  assert.ok(!(new ValidationError("") instanceof EvaluationError));
});
