// The events of evaluations on spans, with OpenTelemetry's own SDK; and what goes wrong without anybody noticing.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { DiagLogger, Span } from "@opentelemetry/api";
import { context, diag, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { EvaluationError, ValidationError } from "../../mod.ts";
import { fliptTelemetry, type FliptTelemetryOptions } from "../../otel/mod.ts";
import { errorTypeOf } from "../../src/metrics/tally.ts";
import { shopDocument, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { shop, SpanRecorder } from "../support/telemetry.ts";

const recorder = new SpanRecorder();
const { eventsOf, spans } = recorder;

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
beforeEach(() => spans.reset());
after(async () => {
  context.disable();
  metrics.disable();
  await recorder.shutdown();
});

test("an evaluation is an event on the active span, with the attributes of the semantic conventions", async () => {
  const telemetry = fliptTelemetry();
  using client = await shop({ hooks: [telemetry.hook] });
  const events = eventsOf(() => client.evaluateVariant("checkout-flow", "staff-1", {}));
  assert.deepEqual(events, [{
    name: "feature_flag.evaluation",
    attributes: {
      "feature_flag.key": "checkout-flow",
      "feature_flag.provider.name": "flipt",
      "feature_flag.result.variant": "express",
      "feature_flag.result.reason": "targeting_match",
      "feature_flag.version": client.status.digest,
    },
  }]);
});

test("the reasons are those of the semantic conventions, and what has no variant names none", async () => {
  const telemetry = fliptTelemetry();
  using client = await shop({ hooks: [telemetry.hook] });
  const events = eventsOf(() => {
    client.evaluateBoolean("dark-mode", "e");
    client.evaluateBoolean("kill-switch", "e");
    client.evaluateBoolean("free-shipping", "staff-1");
    for (let n = 0; n < 20; n++) client.evaluateBoolean("price-test", `user-${n}`);
    client.evaluateVariant("no-rules", "e");
    client.evaluateVariant("banner", "e");
  });
  const seen = new Set(
    events.map(({ attributes }) =>
      ["key", "result.variant", "result.reason"].map((name) => attributes[`feature_flag.${name}`]).join(" ")
    ),
  );
  assert.deepEqual([...seen].toSorted(), [
    "banner winter disabled",
    "dark-mode true default",
    "free-shipping true targeting_match",
    "kill-switch false disabled",
    "no-rules  default",
    "price-test false split",
    "price-test true default",
  ]);
  assert.ok(events.every(({ attributes }) => attributes["feature_flag.result.variant"] !== ""));
});

test("a batch is an event for each flag, also for one without an answer", async () => {
  const telemetry = fliptTelemetry();
  using client = await shop({ hooks: [telemetry.hook] });
  const events = eventsOf(() => {
    client.evaluateBatch([
      { flagKey: "dark-mode", entityId: "e" },
      { flagKey: "nope", entityId: "e" },
      { flagKey: "checkout-flow", entityId: "staff-1" },
    ]);
  });
  assert.deepEqual(events.map(({ attributes }) => attributes["feature_flag.key"]), [
    "dark-mode",
    "nope",
    "checkout-flow",
  ]);
  assert.equal(events[1]?.attributes["feature_flag.result.reason"], "error");
});

test("an evaluation without an answer is an event that says why", async () => {
  const telemetry = fliptTelemetry({
    contextId: (_flagKey, { entityId, context }) => `${entityId} ${context["a"]}`,
  });
  using client = await shop({ hooks: [telemetry.hook] });
  let thrown: unknown;
  const [event] = eventsOf(() => {
    try {
      client.evaluateBoolean("nope", "e", { a: 1 });
    } catch (error) {
      thrown = error;
    }
  });
  assert.ok(thrown instanceof EvaluationError);
  assert.deepEqual(event, {
    name: "feature_flag.evaluation",
    attributes: {
      "feature_flag.key": "nope",
      "feature_flag.provider.name": "flipt",
      "feature_flag.result.reason": "error",
      "feature_flag.context.id": "e 1",
      "error.type": errorTypeOf(thrown),
      "error.message": thrown.message,
    },
  });
  assert.equal(errorTypeOf({ code: "FLAG_NOT_FOUND" }), "flag_not_found");
  assert.equal(errorTypeOf(new Error("without a code")), "general");
});

test("without an active span, or on one that is not recorded, there is no event", async () => {
  const telemetry = fliptTelemetry();
  using client = await shop({ hooks: [telemetry.hook] });
  client.evaluateBoolean("dark-mode", "e");
  let added = 0;
  const silent = trace.wrapSpanContext({ traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags: 0 });
  silent.addEvent = () => {
    added++;
    return silent;
  };
  context.with(trace.setSpan(context.active(), silent), () => client.evaluateBoolean("dark-mode", "e"));
  assert.equal(added, 0);
  assert.deepEqual(eventsOf(() => {}), []);
});

test("who a flag was evaluated for is told only by a function that was given for it", async () => {
  const telemetry = fliptTelemetry({ contextId: (flagKey) => flagKey === "dark-mode" ? "7f3a" : undefined });
  using client = await shop({ hooks: [telemetry.hook] });
  const events = eventsOf(() => {
    client.evaluateBoolean("dark-mode", "jane@example.com");
    client.evaluateBoolean("kill-switch", "jane@example.com");
  });
  assert.deepEqual(events.map(({ attributes }) => attributes["feature_flag.context.id"]), [
    "7f3a",
    undefined,
  ]);
  assert.doesNotMatch(JSON.stringify(events), /jane/);
});

test("the flag set, and the version of the state that answered, are attributes of events", async () => {
  await using server = await FliptServer.start();
  const first = server.setDocument("shop", shopDocument());
  const telemetry = fliptTelemetry({ flagSetId: "shop" });
  using client = await shop({ hooks: [telemetry.hook], url: server.url, fetcher: undefined });
  const evaluate = (): unknown => client.evaluateBoolean("dark-mode", "e");
  const next = withFlag(shopDocument(), "dark-mode", { enabled: false });
  const versions = [eventsOf(evaluate)];
  const second = server.setDocument("shop", next);
  await client.refresh();
  spans.reset();
  versions.push(eventsOf(evaluate));
  assert.notEqual(first, second);
  assert.deepEqual(
    versions.flat().map(({ attributes }) => [
      attributes["feature_flag.set.id"],
      attributes["feature_flag.version"],
    ]),
    [["shop", first], ["shop", second]],
  );
});

test("telemetry that fails is reported once, to OpenTelemetry, and no evaluation notices", async () => {
  const errors: unknown[][] = [];
  const ignore = (): void => {};
  const logger: DiagLogger = {
    error: (...words) => void errors.push(words),
    warn: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  const fail = (): never => {
    throw new Error("broken");
  };
  const telemetry = fliptTelemetry({
    contextId: fail,
    meter: { createObservableCounter: fail, createObservableGauge: fail },
  });
  using client = await shop({ hooks: [telemetry.hook] });
  const stop = telemetry.observe(client);
  const broken = { isRecording: fail } as unknown as Span;
  context.with(trace.setSpan(context.active(), broken), () => {
    assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  });
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  stop();
  telemetry.close();
  diag.disable();
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]?.[0]), /telemetry failed; evaluations are not affected/);
});

test("an id that cannot be had leaves an event without one", async () => {
  const telemetry = fliptTelemetry({
    contextId: () => {
      throw new Error("no context");
    },
  });
  using client = await shop({ hooks: [telemetry.hook] });
  const [event] = eventsOf(() => client.evaluateBoolean("dark-mode", "e"));
  assert.equal(event?.attributes["feature_flag.key"], "dark-mode");
  assert.ok(!("feature_flag.context.id" in (event?.attributes ?? {})));
});

test("options that are no use are refused", () => {
  const cases: readonly [unknown, RegExp][] = [
    [null, /^fliptTelemetry\(\) takes an object of options, but was given null$/],
    [{ flagSet: "shop" }, /^unknown option "flagSet" of fliptTelemetry\(\); did you mean "flagSetId"\?$/],
    [{ flagSetId: 5 }, /^flagSetId must be a string, but is a number$/],
    [
      { meter: { getMeter() {} } },
      /^meter must be a meter, such as provider\.getMeter\("shop"\), but is an object$/,
    ],
    [{ maxFlags: 0 }, /^maxFlags must be a positive whole number, but is 0$/],
    [{ maxVariants: NaN }, /^maxVariants must be a positive whole number, but is NaN$/],
    [{ contextId: true }, /^contextId must be false or a function that returns the id, but is a boolean$/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => fliptTelemetry(options as FliptTelemetryOptions), (error: unknown) => {
      return error instanceof ValidationError && message.test(error.message);
    });
  }
});
