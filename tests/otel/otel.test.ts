// The telemetry, with OpenTelemetry's own SDKs: what they get of evaluations, of fetches and of the flag state.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { DiagLogger, Span } from "@opentelemetry/api";
import { context, diag, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { DataPoint } from "@opentelemetry/sdk-metrics";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { ClientOptions, FliptClient } from "../../mod.ts";
import { FetchError, ValidationError } from "../../mod.ts";
import type { FliptTelemetryOptions } from "../../otel/mod.ts";
import { fliptTelemetry } from "../../otel/mod.ts";
import { shopDocument, testClient, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const spans = new InMemorySpanExporter();
const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const tracer = tracing.getTracer("test");

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
beforeEach(() => spans.reset());
after(async () => {
  context.disable();
  metrics.disable();
  await tracing.shutdown();
});

/** A client of the shop's flags. */
async function shop(options: ClientOptions): Promise<FliptClient> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  return (await testClient({ namespace: "shop", updateInterval: 0, fetcher, ...options })).client;
}

/** What a span has of the events that `work` makes on it. */
function eventsOf(work: (span: Span) => void): { name: string; attributes: Record<string, unknown> }[] {
  tracer.startActiveSpan("work", (span) => {
    work(span);
    span.end();
  });
  const [span] = spans.getFinishedSpans();
  return (span?.events ?? []).map(({ name, attributes }) => ({ name, attributes: { ...attributes } }));
}

/** A meter provider whose numbers the test collects itself. */
class Collector {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: 2 ** 30,
  });
  readonly provider = new MeterProvider({ readers: [this.#reader] });

  /** The points of a metric, each as its number and attributes. */
  async points(name: string): Promise<[unknown, Record<string, unknown>][]> {
    this.#exporter.reset();
    await this.#reader.forceFlush();
    const all = this.#exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const metric = all.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name);
    const points = (metric?.dataPoints ?? []) as DataPoint<number>[];
    return points.map(({ value, attributes }) => [value, { ...attributes }]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.provider.shutdown();
  }
}

/** A collector, and telemetry that it collects. */
function collected(
  options: FliptTelemetryOptions = {},
): { readonly collector: Collector; readonly telemetry: ReturnType<typeof fliptTelemetry> } {
  const collector = new Collector();
  return { collector, telemetry: fliptTelemetry({ meter: collector.provider.getMeter("test"), ...options }) };
}

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

test("a batch is an event for each answer", async () => {
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
    "checkout-flow",
  ]);
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

test("the flag set and the version of an observed client are attributes of its events", async () => {
  await using server = await FliptServer.start();
  const first = server.setDocument("shop", shopDocument());
  const telemetry = fliptTelemetry({ flagSetId: "shop" });
  using client = await shop({ hooks: [telemetry.hook], url: server.url, fetcher: undefined });
  const stop = telemetry.observe(client);
  const evaluate = (): unknown => client.evaluateBoolean("dark-mode", "e");
  const next = withFlag(shopDocument(), "dark-mode", { enabled: false });
  const versions = [eventsOf(evaluate)];
  const second = server.setDocument("shop", next);
  await client.refresh();
  spans.reset();
  versions.push(eventsOf(evaluate));
  stop();
  spans.reset();
  versions.push(eventsOf(evaluate));
  assert.notEqual(first, second);
  assert.deepEqual(
    versions.flat().map(({ attributes }) => [
      attributes["feature_flag.set.id"],
      attributes["feature_flag.version"],
    ]),
    [["shop", first], ["shop", second], ["shop", undefined]],
  );
});

test("evaluations are counted by flag, variant and reason", async () => {
  const { collector, telemetry } = collected({ flagSetId: "shop" });
  await using _ = collector;
  using client = await shop({ hooks: [telemetry.hook] });
  for (let n = 0; n < 3; n++) client.evaluateVariant("checkout-flow", "staff-1", {});
  client.evaluateBoolean("kill-switch", "e");
  client.evaluateVariant("no-rules", "e");
  const common = { "feature_flag.set.id": "shop" };
  assert.deepEqual(await collector.points("flipt.evaluations"), [
    [3, {
      ...common,
      "feature_flag.key": "checkout-flow",
      "feature_flag.result.variant": "express",
      "feature_flag.result.reason": "targeting_match",
    }],
    [1, {
      ...common,
      "feature_flag.key": "kill-switch",
      "feature_flag.result.variant": "false",
      "feature_flag.result.reason": "disabled",
    }],
    [1, { ...common, "feature_flag.key": "no-rules", "feature_flag.result.reason": "default" }],
  ]);
  client.evaluateBoolean("kill-switch", "e");
  const [, again] = await collector.points("flipt.evaluations");
  assert.equal(again?.[0], 2);
});

/** Evaluations that a hook is told of, without a client. */
function tell(telemetry: ReturnType<typeof fliptTelemetry>, flagKey: string, value: string): void {
  const reason = "MATCH_EVALUATION_REASON";
  telemetry.hook.after?.({ flagKey, flagType: "variant", value, reason, segmentKeys: [] });
}

test("flags beyond the limit are counted as other", async () => {
  const { collector, telemetry } = collected({ maxFlags: 2 });
  await using _ = collector;
  for (let n = 0; n < 1_000; n++) tell(telemetry, `flag-${n}`, `variant-${n}`);
  tell(telemetry, "flag-1", "variant-1");
  const points = await collector.points("flipt.evaluations");
  assert.deepEqual(
    points.map(([value, attributes]) => [
      value,
      attributes["feature_flag.key"],
      attributes["feature_flag.result.variant"],
    ]),
    [[1, "flag-0", "variant-0"], [2, "flag-1", "variant-1"], [998, "other", "other"]],
  );
});

test("variants of a flag beyond the limit are counted as other", async () => {
  const { collector, telemetry } = collected({ maxVariants: 2 });
  await using _ = collector;
  for (let n = 0; n < 100; n++) tell(telemetry, "flag", `variant-${n % 50}`);
  const points = await collector.points("flipt.evaluations");
  assert.deepEqual(points.map(([value, attributes]) => [value, attributes["feature_flag.result.variant"]]), [
    [2, "variant-0"],
    [2, "variant-1"],
    [96, "other"],
  ]);
});

test("by default a thousand flags are told apart", async () => {
  const { collector, telemetry } = collected();
  await using _ = collector;
  for (let n = 0; n < 1_100; n++) tell(telemetry, `flag-${n}`, "on");
  const points = await collector.points("flipt.evaluations");
  assert.equal(points.length, 1_001);
  assert.equal(points.find(([, attributes]) => attributes["feature_flag.key"] === "other")?.[0], 100);
});

test("the fetches of an observed client are counted by how they came out", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  const { collector, telemetry } = collected();
  await using _ = collector;
  using client = await shop({ url: server.url, fetcher: undefined, errorStrategy: "fallback" });
  const stop = telemetry.observe(client);
  server.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  await client.refresh();
  server.answerAlways({ status: 403 });
  await assert.rejects(client.refresh(), FetchError);
  await assert.rejects(client.refresh(), FetchError);
  server.answerAlways({ body: "{}" });
  await assert.rejects(client.refresh());
  const expected = [
    [1, { "flipt.fetch.outcome": "updated" }],
    [2, { "flipt.fetch.outcome": "failed", "error.type": "403" }],
    [1, { "flipt.fetch.outcome": "failed", "error.type": "DocumentError" }],
  ];
  assert.deepEqual(await collector.points("flipt.fetches"), expected);
  stop();
  await assert.rejects(client.refresh());
  assert.deepEqual(await collector.points("flipt.fetches"), expected);
});

test("a fetch that reached no server has the error's name", async () => {
  const { collector, telemetry } = collected();
  await using _ = collector;
  let isDown = false;
  const fetcher = (): Promise<Response> =>
    isDown ? Promise.reject(new Error("down")) : Promise.resolve(Response.json(shopDocument()));
  using client = await shop({ fetcher, errorStrategy: "fallback" });
  telemetry.observe(client);
  isDown = true;
  await assert.rejects(client.refresh());
  assert.deepEqual(await collector.points("flipt.fetches"), [
    [1, { "flipt.fetch.outcome": "failed", "error.type": "FetchError" }],
  ]);
});

test("the age of the flag state is that of the observed client, until it is closed", async () => {
  const { collector, telemetry } = collected({ flagSetId: "shop" });
  await using _ = collector;
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  const { client, clock } = await testClient({ namespace: "shop", updateInterval: 0, fetcher });
  assert.deepEqual(await collector.points("flipt.state.age"), []);
  telemetry.observe(client);
  clock.advance(90_000);
  assert.deepEqual(await collector.points("flipt.state.age"), [[90, { "feature_flag.set.id": "shop" }]]);
  client.close();
  clock.advance(10_000);
  // The SDK goes on showing the last number that it was given.
  assert.deepEqual(await collector.points("flipt.state.age"), [[90, { "feature_flag.set.id": "shop" }]]);
});

test("a provider that is registered late gets what was counted before", async () => {
  metrics.disable();
  const telemetry = fliptTelemetry();
  using client = await shop({ hooks: [telemetry.hook] });
  client.evaluateBoolean("dark-mode", "e");
  await using collector = new Collector();
  metrics.setGlobalMeterProvider(collector.provider);
  client.evaluateBoolean("dark-mode", "e");
  const [point] = await collector.points("flipt.evaluations");
  assert.equal(point?.[0], 2);
  metrics.disable();
});

test("closed telemetry records and is asked for nothing", async () => {
  const { collector, telemetry } = collected();
  await using _ = collector;
  using client = await shop({ hooks: [telemetry.hook] });
  telemetry.observe(client);
  client.evaluateBoolean("dark-mode", "e");
  telemetry.close();
  telemetry.close();
  assert.deepEqual(eventsOf(() => client.evaluateBoolean("dark-mode", "e")), []);
  assert.deepEqual(await collector.points("flipt.evaluations"), []);
  assert.deepEqual(await collector.points("flipt.state.age"), []);
  telemetry.observe(client)();
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
  assert.throws(() => fliptTelemetry({ maxFlags: 0 }), ValidationError);
  assert.throws(() => fliptTelemetry({ maxFlags: 1.5 }), /maxFlags must be a positive whole number/);
  assert.throws(() => fliptTelemetry({ maxVariants: NaN }), /maxVariants must be a positive whole number/);
  const contextId = true as unknown as false;
  assert.throws(() => fliptTelemetry({ contextId }), /contextId must be false or a function/);
});
