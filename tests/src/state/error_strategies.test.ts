// What each error strategy does when the state cannot be fetched: who is told, what `init` does, and what answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientOptions, DocumentError, EvaluationError, FetchError } from "../../../mod.ts";
import { booleanDocument, testClient } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);

async function shopServer(): Promise<FliptServer> {
  const server = await FliptServer.start();
  server.setDocument("shop", on);
  return server;
}

function options(server: FliptServer, more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", ...more };
}

for (const errorStrategy of [undefined, "fail", "fallback"] as const) {
  test(`under ${errorStrategy ?? "the default"}, the last good state answers through an outage, which is told`, async () => {
    await using server = await shopServer();
    const { client, clock } = await testClient(options(server, { errorStrategy }));
    const errors: Error[] = [];
    const states: string[] = [];
    const updates: (readonly string[])[] = [];
    client.on("error", (error) => errors.push(error));
    client.on("status", ({ state }) => states.push(state));
    client.on("update", ({ changedFlags }) => updates.push(changedFlags));
    await clock.polling();
    server.answerAlways({ status: 503 });
    clock.advance(120_000);
    for (const [retry, wait] of [500, 1_000, 2_000].entries()) {
      await server.received(2 + retry);
      await clock.polling();
      clock.advance(wait);
    }
    await server.received(5);
    await clock.polling();
    const [error] = errors;
    assert.ok(error instanceof FetchError);
    assert.deepEqual([errors.length, error.attempts, error.status], [1, 4, 503]);
    const { state, consecutiveFailures, lastError } = client.status;
    assert.deepEqual([state, consecutiveFailures, lastError], ["ready", 1, error]);
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    assert.equal(client.evaluateBatch([{ flagKey: "a", entityId: "e" }]).responses.length, 1);
    assert.equal(client.listFlags().length, 1);
    assert.ok(client.getSnapshot().length > 0);
    await assert.rejects(client.refresh(), FetchError);
    assert.equal(client.status.consecutiveFailures, 2);
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    server.answerOnce({ body: "{}" });
    await assert.rejects(client.refresh(), DocumentError);
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    server.answerAlways(undefined);
    server.setDocument("shop", off);
    assert.equal(await client.refresh(), true);
    assert.equal(client.evaluateBoolean("a", "e").enabled, false);
    assert.equal(client.status.consecutiveFailures, 0);
    assert.deepEqual([states, updates], [[], [["a"]]]);
    client.close();
  });
}

test("under fail, a state that nothing confirms during an outage is stale, and answers", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server, { maxStaleness: 60, updateInterval: 0 }));
  const states: string[] = [];
  client.on("status", ({ state }) => states.push(state));
  server.answerAlways({ status: 403 });
  await assert.rejects(client.refresh(), FetchError);
  assert.equal(client.status.state, "ready");
  clock.advance(60_000);
  assert.equal(client.status.state, "stale");
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  server.answerAlways(undefined);
  await client.refresh();
  assert.deepEqual(states, ["stale", "ready"]);
  client.close();
});

for (const errorStrategy of ["fail", "strict"] as const) {
  test(`under ${errorStrategy}, init rejects also where there is a snapshot, and starts from it with initialFetch: false`, async () => {
    await using server = await shopServer();
    const { client } = await testClient(options(server));
    const snapshot = client.getSnapshot();
    client.close();
    server.answerAlways({ status: 403 });
    await assert.rejects(testClient(options(server, { errorStrategy, snapshot })), FetchError);
    const offline = await testClient(
      options(server, { errorStrategy, snapshot, initialFetch: false, updateInterval: 0 }),
    );
    assert.equal(offline.client.evaluateBoolean("a", "e").enabled, true);
    await assert.rejects(offline.client.refresh(), FetchError);
    if (errorStrategy === "fail") assert.equal(offline.client.evaluateBoolean("a", "e").enabled, true);
    else assert.throws(() => offline.client.evaluateBoolean("a", "e"), EvaluationError);
    offline.client.close();
  });
}

test("under strict, what an evaluation throws has the failure as its cause and names what to do", async () => {
  await using server = await shopServer();
  const { client } = await testClient(options(server, { errorStrategy: "strict", updateInterval: 0 }));
  server.answerAlways({ status: 403 });
  const failure = await client.refresh().then(() => undefined, (error: unknown) => error);
  assert.throws(() => client.evaluateBoolean("a", "e"), (error: unknown) => {
    assert.ok(error instanceof EvaluationError);
    assert.equal(error.cause, failure);
    assert.match(
      error.message,
      /with an errorStrategy other than "strict" the last good state would keep answering/,
    );
    return true;
  });
  assert.equal(client.status.state, "failed");
  server.answerAlways(undefined);
  assert.equal(await client.refresh(), false);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
});
