// Streaming: every change at once, and a state that a stream can neither miss nor undo.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { FetchError } from "../../../mod.ts";
import { streamUrl } from "../../../src/sources/stream_source.ts";
import type { Fault } from "../../support/fault_server.ts";
import { chunk, FaultServer, responseText, streamHead } from "../../support/fault_server.ts";
import { CountingEngine, ManualClock, testClient } from "../../support/runtime.ts";
import {
  holds,
  isShort,
  next,
  numbered,
  off,
  on,
  open,
  reconnect,
  streaming,
} from "../../support/streams.ts";

test("the stream's url names environment and namespace, percent-encoded", () => {
  assert.equal(
    streamUrl({ url: "http://flipt.example.com/base", environment: "a b", namespace: "c/d" }),
    "http://flipt.example.com/base/client/v2/environments/a%20b/namespaces/c%2Fd/stream",
  );
});

test("a client fetches first, then opens the stream with the same headers", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server, { environment: "default", authentication: { clientToken: "t0ken" } });
  assert.deepEqual(server.requests.map(({ isStream }) => isStream), [false, true]);
  const [, stream] = server.requests;
  assert.equal(stream?.path, "/client/v2/environments/default/namespaces/shop/stream");
  assert.equal(stream?.headers["accept"], "application/json");
  assert.equal(stream?.headers["authorization"], "Bearer t0ken");
  assert.equal(stream?.headers["x-flipt-environment"], "default");
  assert.equal(client.status.mode, "streaming");
  assert.equal(client.status.state, "ready");
  client.close();
});

test("a push changes the state at once, without a request", async () => {
  await using server = await FaultServer.start(on);
  const { client, errors, engine } = await open(server);
  const updated = next(client, "update");
  const digest = server.push(off);
  assert.deepEqual(await updated, { digest, changedFlags: ["a"] });
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  assert.equal(client.status.digest, digest);
  assert.deepEqual(server.counts, [1, 1]);
  assert.deepEqual(errors, []);
  // The first document of the stream is the one that was fetched: it is not compiled again.
  assert.deepEqual([engine.compiled, engine.alive, engine.open], [2, 1, 0]);
  client.close();
});

test("a push is read however its bytes arrive, compressed or not", async () => {
  for (const isCompressed of [false, true]) {
    await using server = await FaultServer.start(on);
    server.onStream = async ({ socket }) => {
      const digest = server.setDocument(off);
      assert.ok(digest);
      const line = new TextEncoder().encode(`{"result":${server.text}}\n`);
      const bytes = isCompressed ? gzipSync(line) : line;
      const encoding = isCompressed ? "Content-Encoding: gzip\r\n" : "";
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${encoding}\r\n`);
      for (let at = 0; at < bytes.length; at += 50) {
        socket.write(chunk(bytes.subarray(at, at + 50)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const { client } = await testClient(streaming(server));
    await next(client, "update");
    assert.equal(client.evaluateBoolean("a", "e").enabled, false);
    client.close();
  }
});

test("a thousand pushes in a second: the last one wins, in order, and they do not pile up", async () => {
  await using server = await FaultServer.start(on);
  const engine = new CountingEngine();
  const { client } = await testClient(streaming(server), new ManualClock(), engine);
  await server.until(() => server.streams > 0);
  let most = 0;
  const seen: number[] = [];
  client.on("update", () => {
    most = Math.max(most, engine.open);
    seen.push(Number(client.listFlags()[0]?.key.slice(5)));
  });
  let last = "";
  for (let number = 0; number < 1000; number++) {
    last = server.push(numbered(number));
    if (number % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await holds(client, last);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["flag-999"]);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  // One that waits and one that arrives, beside the one that was just compiled.
  assert.ok(most <= 2, String(most));
  assert.deepEqual([engine.alive, engine.open], [1, 0]);
  assert.deepEqual(server.counts, [1, 1]);
  client.close();
});

test("while one push is compiled, of those that follow only the last is", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine } = await open(server);
  const before = engine.compiled;
  let release: (() => void) | undefined;
  engine.gate = new Promise((resolve) => release = resolve);
  // In one piece, so that all have arrived when the first is compiled.
  let last = "";
  let lines = "";
  for (let number = 1; number <= 50; number++) {
    last = server.setDocument(numbered(number));
    lines += `{"result":${server.text}}\n`;
  }
  server.sendToStreams(lines);
  while (engine.open < 2) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(engine.open, 2);
  release?.();
  await holds(client, last);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["flag-50"]);
  assert.equal(engine.compiled - before, 2);
  client.close();
});

test("a line of 50 MB arrives", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server);
  const flags = off.flags.map((flag) => ({ ...flag, description: "x".repeat(50_000_000) }));
  const digest = server.push({ ...off, flags });
  await holds(client, digest);
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  client.close();
});

test("a line that is larger than allowed ends the stream with an error that names the option", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine, clock } = await open(server, { maxDocumentBytes: 100_000 });
  const failed = next(client, "error");
  const goodText = server.text;
  server.sendToStreams(`{"result":{"padding":"${"x".repeat(200_000)}`);
  const error = await failed;
  assert.ok(error instanceof FetchError);
  assert.match(error.message, /\/stream sent more than 100000 bytes: .*the option maxDocumentBytes$/);
  assert.equal(error.retryable, false);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.equal(engine.open, 0);
  await reconnect(clock);
  await server.until(() => server.counts[1] === 2);
  assert.equal(server.text, goodText);
  client.close();
});

test("a stream that breaks is no error: a fetch, and the next stream", async () => {
  for (const how of ["without the last chunk", "reset", "in the middle of a line", "as it should"] as const) {
    await using server = await FaultServer.start(on);
    const { client, clock, errors, engine } = await open(server);
    // Its first document was seen, so that the stream was a good one.
    await holds(client, server.push(off));
    if (how === "in the middle of a line") server.sendToStreams('{"result":{"namespace":');
    if (how === "as it should") server.sendToStreams("");
    server.breakStreams(how === "reset");
    await server.until(() => server.streams === 0);
    const digest = server.setDocument(numbered(7));
    assert.equal(await reconnect(clock), 500);
    await server.until(() => server.counts[1] === 2);
    assert.deepEqual(server.requests.map(({ isStream }) => isStream), [false, true, false, true]);
    assert.match(server.requests[2]?.headers["if-none-match"] ?? "", /^[0-9a-f]{40}$/);
    await holds(client, digest);
    assert.deepEqual(errors, [], how);
    assert.equal(client.status.state, "ready");
    assert.deepEqual([engine.alive, engine.open], [1, 0]);
    await holds(client, server.push(off));
    client.close();
  }
});

test("streams that break again and again are opened ever less often, until one was open for a minute", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await open(server, { updateInterval: 0 });
  const waits: number[] = [];
  for (let count = 1; count <= 7; count++) {
    await holds(client, server.push(numbered(count)));
    server.breakStreams();
    waits.push(await reconnect(clock));
    await server.until(() => server.streams === 1 && server.counts[1] === count + 1);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  await holds(client, server.push(numbered(8)));
  clock.advance(60_000);
  server.breakStreams();
  assert.equal(await reconnect(clock), 500);
  assert.deepEqual(errors, []);
  client.close();
});

test("a server that is gone for a while is fetched from first, and streamed from when it is back", async () => {
  for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
    await using server = await FaultServer.start(on);
    const { client, clock, errors } = await open(server, { errorStrategy });
    await holds(client, server.push(off));
    await server.close();
    const waits: number[] = [];
    for (let count = 0; count < 6; count++) waits.push(await reconnect(clock));
    assert.deepEqual(waits, [500, 500, 1_000, 2_000, 4_000, 8_000]);
    await clock.waiting(isShort);
    assert.ok(errors.length >= 2 && errors.every((error) => error instanceof FetchError));
    assert.equal(client.status.state, errorStrategy === "strict" ? "failed" : "ready");
    if (errorStrategy === "strict") {
      assert.throws(() => client.evaluateBoolean("a", "e"), /could not be refreshed/);
    } else assert.equal(client.evaluateBoolean("a", "e").enabled, false);
    server.setDocument(on);
    const before = server.counts;
    await server.open();
    await reconnect(clock);
    await server.until(() => server.streams === 1);
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    assert.equal(client.status.state, "ready");
    assert.deepEqual(server.counts, [before[0] + 1, before[1] + 1]);
    client.close();
  }
});

test("a stream that is half open is found dead by the fetch of the interval, dropped and opened anew", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await open(server);
  await holds(client, server.push(off));
  clock.advance(10_000);
  // The state moves on, and the stream does not tell.
  const digest = server.setDocument(numbered(3));
  clock.advance(110_000);
  await holds(client, digest);
  await server.until(() => server.streams === 0);
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  assert.deepEqual(errors, []);
  await holds(client, server.push(on));
  client.close();
});

test("a stream whose state is current is kept open, however silent it is", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await open(server);
  await holds(client, server.push(off));
  for (let fetches = 2; fetches < 6; fetches++) {
    clock.advance((await clock.waiting(({ millis }) => millis === 120_000)).millis);
    await server.until(() => server.counts[0] === fetches);
  }
  await clock.waiting(({ millis }) => millis === 120_000);
  assert.equal(server.counts[1], 1);
  assert.equal(server.streams, 1);
  client.close();
});

test("a fetch just after a push may be older, and does not undo it", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await open(server);
  const older = server.text;
  const olderDigest = server.digest ?? "";
  const digest = server.push(off);
  await holds(client, digest);
  server.onSnapshot = ({ socket }) => void socket.write(responseText(200, { ETag: olderDigest }, older));
  assert.equal(await client.refresh(), false);
  assert.equal(client.evaluateBoolean("a", "e").enabled, false);
  assert.equal(client.status.digest, digest);
  assert.equal(server.streams, 1);
  // What is still so after a moment is so: the stream has missed it.
  clock.advance(5_000);
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  await server.until(() => server.streams === 0);
  assert.deepEqual(errors, []);
  client.close();
});

test("a clock that is set back does not make a fetch older than the push before it", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await open(server);
  await holds(client, server.push(off));
  clock.set -= 3_600_000;
  clock.advance(10_000);
  const digest = server.setDocument(numbered(3));
  assert.equal(await client.refresh(), true);
  assert.equal(client.status.digest, digest);
  client.close();
});

test("a fetch that was under way when a push came does not undo it", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server);
  let answer: (() => void) | undefined;
  server.onSnapshot = ({ socket }) => {
    const text = JSON.stringify({ ...numbered(1), digest: "b".repeat(40) });
    answer = () => socket.write(responseText(200, { ETag: "b".repeat(40) }, text));
  };
  const refreshed = client.refresh();
  await server.until(() => answer !== undefined);
  const digest = server.push(off);
  await holds(client, digest);
  answer?.();
  // The push is the change, and nobody was told of it yet.
  assert.equal(await refreshed, true);
  assert.equal(client.status.digest, digest);
  client.close();
});

test("an older push is what the server says now, and is taken", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server);
  const first = server.digest ?? "";
  await holds(client, server.push(off));
  assert.equal(server.push(on), first);
  await holds(client, first);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
});

test("closing ends a stream in any state at once, and nothing fires afterwards", async () => {
  const states: Record<string, Fault | undefined> = {
    "open": undefined,
    "without a head": () => {},
    "in the middle of a line": ({ socket }) => {
      socket.write(streamHead);
      socket.write(chunk('{"result":{"namespace"'));
    },
    "waiting to reconnect": ({ socket }) => void socket.write(responseText(500)),
  };
  for (const [name, fault] of Object.entries(states)) {
    await using server = await FaultServer.start(on);
    server.onStream = fault;
    const { client, clock, engine } = await testClient(streaming(server));
    await server.until(() => server.counts[1] === 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const told: unknown[] = [];
    client.on("error", (error) => told.push(error));
    client.on("update", (update) => told.push(update));
    client.on("status", ({ state }) => told.push(state));
    const start = performance.now();
    await client[Symbol.asyncDispose]();
    assert.ok(performance.now() - start < 50, name);
    assert.deepEqual(told, ["closed"], name);
    assert.deepEqual([clock.timers.length, engine.alive, engine.open], [0, 0, 0], name);
    const before = server.requests.length;
    clock.advance(1_000_000);
    server.push(off);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(server.requests.length, before, name);
    assert.equal(told.length, 1, name);
  }
});

test("closing while a push is compiled releases its state", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine } = await open(server);
  let release: (() => void) | undefined;
  engine.gate = new Promise((resolve) => release = resolve);
  server.push(numbered(1));
  server.push(numbered(2));
  while (engine.open < 2) await new Promise((resolve) => setImmediate(resolve));
  await client[Symbol.asyncDispose]();
  release?.();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([engine.alive, engine.open], [0, 0]);
});
