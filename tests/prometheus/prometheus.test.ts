// Metrics in the text format of Prometheus: what is counted, how it is written, and that it stays bounded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError, ValidationError } from "../../mod.ts";
import { fliptMetrics, type FliptMetricsOptions } from "../../prometheus/mod.ts";
import { exposition } from "../../prometheus/exposition.ts";
import { shopDocument, testClient, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { shop } from "../support/telemetry.ts";

/** The samples of a metric in a text, each without its name. */
function samples(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
}

test("evaluations are counted by flag, variant and reason, with the labels that all samples have", async () => {
  const metrics = fliptMetrics({ labels: { service: "shop" }, serverSeries: false });
  using client = await shop({ hooks: [metrics.hook] });
  for (let count = 0; count < 3; count++) client.evaluateVariant("checkout-flow", "staff-1");
  client.evaluateBoolean("kill-switch", "e");
  client.evaluateVariant("no-rules", "e");
  assert.throws(() => client.evaluateBoolean("nope", "e"), EvaluationError);
  const text = metrics.text();
  const error = /error="(\w+)"/.exec(text)?.[1];
  assert.equal(
    text,
    `# HELP flipt_client_evaluations_total Evaluations of feature flags that had an answer.
# TYPE flipt_client_evaluations_total counter
flipt_client_evaluations_total{service="shop",flag="checkout-flow",variant="express",reason="match"} 3
flipt_client_evaluations_total{service="shop",flag="kill-switch",variant="false",reason="flag_disabled"} 1
flipt_client_evaluations_total{service="shop",flag="no-rules",variant="",reason="unknown"} 1
# HELP flipt_client_evaluation_errors_total Evaluations of feature flags that had no answer.
# TYPE flipt_client_evaluation_errors_total counter
flipt_client_evaluation_errors_total{service="shop",flag="nope",error="${error}"} 1
`,
  );
});

test("evaluations are counted in the series of Flipt's servers, with the labels of both versions", async () => {
  const metrics = fliptMetrics({ namespace: "shop", environment: "production" });
  using client = await shop({ hooks: [metrics.hook] });
  client.evaluateVariant("checkout-flow", "staff-1");
  client.evaluateVariant("checkout-flow", "other");
  const place = 'flipt_environment="production",flipt_namespace="shop",namespace="shop"';
  const flag = 'flipt_flag="checkout-flow",flag="checkout-flow"';
  const text = metrics.text();
  assert.deepEqual(samples(text, "flipt_evaluations_requests_total"), [`{${place},${flag}} 2`]);
  assert.equal(
    samples(text, "flipt_evaluations_results_total")[0],
    `{${place},${flag},flipt_flag_type="variant",flipt_value="express",value="express",flipt_reason="match",reason="match"} 1`,
  );
});

test("an observed client tells of its fetches and its flag state", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  const metrics = fliptMetrics();
  const { client, clock } = await testClient({ url: server.url, namespace: "shop", updateInterval: 0 });
  assert.doesNotMatch(metrics.text(), /flipt_client/);
  const stop = metrics.observe(client);
  server.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  await client.refresh();
  clock.advance(90_000);
  server.answerAlways({ status: 403 });
  await assert.rejects(client.refresh());
  await assert.rejects(client.refresh());
  const text = metrics.text();
  assert.deepEqual(samples(text, "flipt_client_fetches_total"), [
    '{outcome="updated"} 1',
    '{outcome="failed",error="403"} 2',
  ]);
  assert.deepEqual(samples(text, "flipt_client_ready"), [" 1"]);
  assert.deepEqual(samples(text, "flipt_client_state_age_seconds"), [" 90"]);
  client.close();
  assert.deepEqual(samples(metrics.text(), "flipt_client_ready"), [" 0"]);
  assert.deepEqual(samples(metrics.text(), "flipt_client_state_age_seconds"), []);
  stop();
  assert.doesNotMatch(metrics.text(), /flipt_client_ready/);
});

test("the defaults of an observed client are counted by flag and error", async () => {
  const metrics = fliptMetrics();
  using client = await shop({ logLevel: "off" });
  const stop = metrics.observe(client);
  client.isEnabled("nope", "e");
  client.isEnabled("nope", "e");
  client.variant("dark-mode", "e");
  client.variant("no-rules", "e", {}, "mine");
  client.isEnabled("dark-mode", "e");
  assert.deepEqual(samples(metrics.text(), "flipt_client_defaults_total"), [
    '{flag="nope",error="flag_not_found"} 2',
    '{flag="dark-mode",error="type_mismatch"} 1',
    '{flag="no-rules",error=""} 1',
  ]);
  stop();
});

test("a label that a metric has itself cannot be added, but with the same value", async () => {
  const place = { namespace: "shop", flipt_namespace: "shop", flipt_environment: "production" };
  const options = { namespace: "shop", environment: "production" };
  const metrics = fliptMetrics({ ...options, labels: { ...place, service: "checkout" } });
  using client = await shop({ hooks: [metrics.hook], logLevel: "off" });
  metrics.observe(client);
  client.evaluateVariant("checkout-flow", "staff-1");
  client.isEnabled("nope", "e");
  const written = new Set([...metrics.text().matchAll(/[{,](\w+)="/g)].map(([, name = ""]) => name));
  written.delete("service");
  for (const own of ["flag", "variant", "reason", "error", "value", "flipt_value", "namespace"]) {
    assert.ok(written.has(own), own);
  }
  const message = (name: string): string =>
    `labels has "${name}", a label that metrics have for values of their own: choose another name`;
  for (const name of [...written, "outcome"]) {
    assert.throws(() => fliptMetrics({ ...options, labels: { [name]: "x" } }), {
      name: "ValidationError",
      message: message(name),
    });
  }
  for (const name of ["flag", "outcome"]) {
    const labels = { [name]: "x" };
    assert.throws(() => fliptMetrics({ serverSeries: false, labels }), { message: message(name) });
  }
  // Only the series of servers have it.
  const clientsOnly = fliptMetrics({ serverSeries: false, labels: { namespace: "web", value: "5" } });
  clientsOnly.observe(client);
  assert.deepEqual(samples(clientsOnly.text(), "flipt_client_ready"), ['{namespace="web",value="5"} 1']);
});

test("the number of series is bounded", async () => {
  const metrics = fliptMetrics({ maxFlags: 2, serverSeries: false });
  using client = await shop({ hooks: [metrics.hook] });
  for (let count = 0; count < 100; count++) {
    assert.throws(() => client.evaluateBoolean(`nope-${count}`, "e"));
  }
  const errors = samples(metrics.text(), "flipt_client_evaluation_errors_total");
  assert.equal(errors.length, 3);
  assert.match(errors[2] ?? "", /^\{flag="other",error="\w+"\} 98$/);
});

test("a flag called other shares the series of all others", async () => {
  const metrics = fliptMetrics({ maxFlags: 1, serverSeries: false });
  using client = await shop({ hooks: [metrics.hook] });
  for (const flagKey of ["other", "nope-1", "nope-2"]) {
    assert.throws(() => client.evaluateBoolean(flagKey, "e"));
  }
  const errors = samples(metrics.text(), "flipt_client_evaluation_errors_total");
  assert.deepEqual(errors.map((sample) => sample.replace(/error="\w+"/, "")), [
    '{flag="nope-1",} 1',
    '{flag="other",} 2',
  ]);
});

test("values of labels are escaped, whatever is in them", () => {
  const labels = { flag: 'a"b\\c\nd\ud800' };
  assert.equal(
    exposition([{ name: "m", help: "h", type: "counter", samples: [{ labels, value: 1 }] }], {}),
    '# HELP m h\n# TYPE m counter\nm{flag="a\\"b\\\\c\\nd\ufffd"} 1\n',
  );
});

test("a response to a scrape is of the type that Prometheus expects", async () => {
  const metrics = fliptMetrics();
  using client = await shop({ hooks: [metrics.hook] });
  client.evaluateBoolean("dark-mode", "e");
  const response = metrics.response();
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(await response.text(), metrics.text());
});

test("options that are no use are refused", () => {
  const cases: readonly [unknown, RegExp][] = [
    [null, /^fliptMetrics\(\) takes an object of options, but was given null$/],
    [{ label: {} }, /^unknown option "label" of fliptMetrics\(\); did you mean "labels"\?$/],
    [{ namespace: 5 }, /^namespace must be a string, but is a number$/],
    [{ serverSeries: "false" }, /^serverSeries must be true or false, but is a string$/],
    [{ maxFlags: 0 }, /^maxFlags must be a positive whole number, but is 0$/],
    [{ labels: { "a-b": "x" } }, /labels has "a-b", which is not a valid label name/],
    [{ labels: { __a: "x" } }, /not a valid label name/],
    [{ labels: { a: 1 } }, /labels must be an object of strings, also for "a"/],
    [{ labels: { namespace: "web" } }, /^labels has "namespace", a label that metrics have/],
    [{ labels: [] }, /labels must be an object of strings/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => fliptMetrics(options as FliptMetricsOptions), (error: unknown) => {
      return error instanceof ValidationError && message.test(error.message);
    });
  }
});
