// The metrics of evaluations, of fetches and of the flag state, with OpenTelemetry's own SDK.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { context, metrics } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { EvaluationError, FetchError } from "../../mod.ts";
import { fliptTelemetry } from "../../otel/mod.ts";
import { shopDocument, testClient, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { collected, Collector, shop, SpanRecorder } from "../support/telemetry.ts";

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

test("evaluations without an answer are counted by flag and error", async () => {
  const { collector, telemetry } = collected({ maxFlags: 1 });
  await using _ = collector;
  using client = await shop({ hooks: [telemetry.hook] });
  for (const flagKey of ["nope", "nope", "neither"]) {
    assert.throws(() => client.evaluateBoolean(flagKey, "e"), EvaluationError);
  }
  const points = await collector.points("flipt.evaluation.errors");
  assert.deepEqual(points.map(([value, attributes]) => [value, attributes["feature_flag.key"]]), [
    [2, "nope"],
    [1, "other"],
  ]);
  assert.equal(typeof points[0]?.[1]["error.type"], "string");
});

test("the defaults of an observed client are counted by flag and error", async () => {
  const { collector, telemetry } = collected();
  await using _ = collector;
  using client = await shop({ logLevel: "off" });
  telemetry.observe(client);
  client.isEnabled("nope", "e");
  client.variant("no-rules", "e", {}, "mine");
  assert.deepEqual(await collector.points("flipt.defaults"), [
    [1, { "feature_flag.key": "nope", "error.type": "flag_not_found" }],
    [1, { "feature_flag.key": "no-rules" }],
  ]);
});

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
