// When a client tries again after a fetch that failed: at the start, between polls, and after what Retry-After says.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { FetchError } from "../../../mod.ts";
import { FaultServer, reset, responseText } from "../../support/fault_server.ts";
import { booleanDocument, ManualClock, testClient } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const good = booleanDocument("shop", "a", true);

function options(url: string, more: ClientOptions = {}): ClientOptions {
  return { url, namespace: "shop", updateInterval: 0, maxDocumentBytes: 1_000_000, ...more };
}

test("a connection that is reset as soon as it is made is retried until one holds", async () => {
  await using server = await FaultServer.start(good);
  let resets = 0;
  server.onConnection = (socket) => {
    if (++resets <= 2) reset(socket);
  };
  const { client } = await testClient(options(server.url));
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.equal(server.requests.length, 1);
  client.close();
});

test("a server that is closed for a while is asked ever less often, and heard when it comes back", async () => {
  await using server = await FaultServer.start(good);
  const { client, clock } = await testClient(
    options(server.url, { updateInterval: 120, errorStrategy: "fallback" }),
  );
  const errors: Error[] = [];
  client.on("error", (error) => errors.push(error));
  await server.close();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const { millis } = await clock.polling();
    waits.push(millis);
    clock.advance(millis);
  }
  assert.deepEqual(waits, [120_000, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  const { millis } = await clock.polling();
  // One for the cycle with its retries, then one an attempt.
  assert.equal(errors.length, 7);
  assert.equal(client.status.consecutiveFailures, 7);
  server.setDocument(booleanDocument("shop", "a", false));
  await server.open();
  clock.advance(millis);
  assert.equal((await clock.polling()).millis, 120_000);
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  assert.equal(client.status.consecutiveFailures, 0);
  client.close();
});

test("a backoff is never longer than the interval", async () => {
  await using server = await FaultServer.start(good);
  const { client, clock } = await testClient(
    options(server.url, { updateInterval: 2, errorStrategy: "fallback" }),
  );
  server.onSnapshot = ({ socket }) => void socket.write(responseText(500));
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    const { millis } = await clock.polling();
    waits.push(millis);
    clock.advance(millis);
  }
  assert.deepEqual(waits, [2_000, 500, 1_000, 2_000, 2_000, 2_000, 2_000]);
  await clock.polling();
  client.close();
});

test("a connection that the server closed between two polls is no error", async () => {
  await using server = await FaultServer.start(good);
  const { client, clock } = await testClient(options(server.url, { updateInterval: 120 }));
  const errors: Error[] = [];
  client.on("error", (error) => errors.push(error));
  await clock.polling();
  // Closed just when it is used again: the request goes out, and nothing comes back.
  let closed = 0;
  server.setDocument(booleanDocument("shop", "a", false));
  server.onSnapshot = (exchange) => {
    if (closed++ === 0) exchange.socket.destroy();
    else server.answer(exchange);
  };
  clock.advance(120_000);
  assert.equal((await clock.polling()).millis, 120_000);
  assert.deepEqual(errors, []);
  assert.equal(closed, 2);
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  client.close();
});

test("Retry-After is honoured, in seconds and as a date", async () => {
  const inTwenty = (): string => new Date(Date.now() + 20_000).toUTCString();
  for (const [code, value] of [[429, "20"], [503, "20"], [503, "a date"]] as const) {
    await using server = await FaultServer.start(good);
    const clock = new ManualClock();
    const { client } = await testClient(options(server.url, { updateInterval: 120 }), clock);
    server.onSnapshot = ({ socket }) => {
      const date = new Date().toUTCString();
      const retryAfter = value === "20" ? value : inTwenty();
      socket.write(responseText(code, { "Retry-After": retryAfter, "Date": date }));
    };
    clock.advance((await clock.polling()).millis);
    const { millis } = await clock.polling();
    assert.ok(millis >= 19_500 && millis <= 21_500, `${code} ${value}: ${millis}`);
    server.onSnapshot = undefined;
    clock.advance(millis);
    assert.equal((await clock.polling()).millis, 120_000);
    client.close();
  }
});

test("a Retry-After that is long ends the attempts of init, and one that is endless is bounded", async () => {
  await using server = await FaultServer.start(good);
  server.onSnapshot = ({ socket }) =>
    void socket.write(responseText(429, { "Retry-After": "999999999" }, `{"message":"slow down"}`));
  const error = await testClient(options(server.url)).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FetchError);
  assert.deepEqual([error.attempts, error.retryAfter, error.serverMessage], [1, 999_999_999, "slow down"]);
  assert.equal(server.requests.length, 1);
  const { client, clock } = await testClient(
    options(server.url, { errorStrategy: "fallback", updateInterval: 120 }),
  );
  assert.equal((await clock.polling()).millis, 600_500);
  client.close();
});

test("a refresh does not wait for the retry of a poll, it is the retry", async () => {
  await using server = await FaultServer.start(good);
  const { client, clock } = await testClient(options(server.url, { updateInterval: 120 }));
  await clock.polling();
  server.onSnapshot = ({ socket }) => void socket.write(responseText(503));
  clock.advance(120_000);
  assert.equal((await clock.polling()).millis, 500);
  server.onSnapshot = undefined;
  server.setDocument(booleanDocument("shop", "a", false));
  assert.equal(await client.refresh(), true);
  assert.equal((await clock.polling()).millis, 120_000);
  client.close();
});

test("closing while a retry waits ends the fetch at once, and nothing is asked any more", async () => {
  await using server = await FaultServer.start(good);
  const { client, clock } = await testClient(options(server.url, { updateInterval: 120 }));
  await clock.polling();
  clock.skipped = 0;
  server.onSnapshot = ({ socket }) => void socket.write(responseText(503));
  const pending = client.refresh();
  await clock.waiting(({ millis }) => millis === 500);
  const before = server.requests.length;
  const start = performance.now();
  client.close();
  await assert.rejects(pending, /the client is closed/);
  assert.ok(performance.now() - start < 50);
  assert.deepEqual(clock.timers, []);
  clock.advance(1_000_000);
  assert.equal(server.requests.length, before);
});

test("a signal ends init while a retry waits", async () => {
  await using server = await FliptServer.start();
  server.answerAlways({ status: 503 });
  const controller = new AbortController();
  const clock = new ManualClock();
  clock.skipped = 0;
  const pending = testClient(options(server.url, { signal: controller.signal }), clock);
  await clock.waiting(({ millis }) => millis === 500);
  controller.abort();
  await assert.rejects(pending, { name: "AbortError" });
  assert.deepEqual(clock.timers, []);
});

test("a first fetch that fails is told at once, by the logger; a later one is not", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", good);
  server.answerOnce({ status: 503 });
  const lines: string[] = [];
  const write = (line: unknown): void => void lines.push(String(line));
  const logger = { debug: write, info: write, warn: write, error: write };
  const { client } = await testClient(options(server.url, { logger, logLevel: "warn" }));
  server.answerOnce({ status: 503 });
  await client.refresh();
  client.close();
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0] ?? "", /^flipt: the first fetch failed and is retried: https?:.* answered 503$/);
});
