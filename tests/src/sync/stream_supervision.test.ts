// What fetches and the clock find out about a stream: which one is dropped and which one is kept, what is said of it, and
// how long the next one waits.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { chunk, FaultServer, responseText, streamHead } from "../../support/fault_server.ts";
import { testClient } from "../../support/runtime.ts";
import { holds, next, numbered, off, on, open, reconnect, streaming } from "../../support/streams.ts";

/** A client that has just asked for a stream with the digest of its state, at a time that the clock has now. */
async function asked(server: FaultServer) {
  const made = await open(server);
  await holds(made.client, server.push(off));
  server.breakStreams();
  await server.until(() => server.streams === 0);
  await reconnect(made.clock);
  await server.until(() => server.streams === 1);
  return made;
}

test("a stream that has not told of a new state is kept until it is as old as a request may be", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await asked(server);
  clock.advance(29_999);
  server.setDocument(numbered(1));
  assert.equal(await client.refresh(), true);
  await holds(client, server.push(numbered(2)));
  assert.deepEqual([server.counts[1], errors], [2, []]);
  client.close();
});

test("a stream that has not told of a new state when it is as old as a request may be is dropped", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await asked(server);
  clock.advance(30_000);
  server.setDocument(numbered(1));
  assert.equal(await client.refresh(), true);
  await server.until(() => server.streams === 0);
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  assert.deepEqual(errors, []);
  client.close();
});

test("a fetch that fails finds out nothing about a stream", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await asked(server);
  clock.advance(29_999);
  server.setDocument(numbered(1));
  assert.equal(await client.refresh(), true);
  clock.advance(1);
  server.onSnapshot = ({ socket }) => void socket.write(responseText(500));
  await assert.rejects(client.refresh());
  await holds(client, server.push(numbered(2)));
  assert.equal(server.counts[1], 2);
  client.close();
});

test("a stream that was opened, and has told of nothing yet, is not taken for the one before it", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await open(server, { updateInterval: 0 });
  await holds(client, server.push(off));
  let opened: Socket | undefined;
  server.onStream = ({ socket }) => {
    opened = socket;
    socket.write(streamHead);
  };
  server.breakStreams();
  await reconnect(clock);
  await server.until(() => opened !== undefined);
  // A fetch just after a push may be older.
  clock.advance(5_000);
  server.setDocument(numbered(1));
  assert.equal(await client.refresh(), true);
  const digest = server.setDocument(numbered(2));
  opened?.write(chunk(`{"result":${server.text}}\n`));
  await holds(client, digest);
  assert.equal(server.counts[1], 2);
  client.close();
});

test("a stream that was opened and brings nothing is dropped by the next fetch, without an error", async () => {
  await using server = await FaultServer.start(on);
  let isOpen = false;
  server.onStream = ({ socket }) => {
    isOpen = true;
    socket.on("close", () => isOpen = false);
    socket.write(streamHead);
  };
  const { client, clock } = await testClient(streaming(server));
  const errors: Error[] = [];
  client.on("error", (error) => errors.push(error));
  await server.until(() => isOpen);
  // The head is there when the timeout of opening is gone.
  while (clock.timers.some(({ millis }) => millis === 30_000)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(30_000);
  await client.refresh();
  await server.until(() => !isOpen);
  server.onStream = undefined;
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  assert.deepEqual(errors, []);
  client.close();
});

test("a stream that does not open for a minute is none that was open for a minute", async () => {
  await using server = await FaultServer.start(on);
  server.onStream = () => {};
  const { client, clock } = await testClient(streaming(server, { requestTimeout: 60, updateInterval: 0 }));
  client.on("error", () => {});
  const waits: number[] = [];
  for (let count = 1; count <= 3; count++) {
    await server.until(() => server.counts[1] === count);
    clock.advance(60_000);
    waits.push(await reconnect(clock));
  }
  assert.deepEqual(waits, [500, 1_000, 2_000]);
  client.close();
});

test("a silent stream that brings what is no flag state at last is told of", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await asked(server);
  clock.advance(5_000);
  const failed = next(client, "error");
  server.sendToStreams('{"result":{"namespace":{}}}\n');
  assert.match(String(await failed), /not a valid document/);
  await reconnect(clock);
  await server.until(() => server.counts[1] === 3);
  assert.equal(errors.length, 1);
  client.close();
});

test("a silent stream that ends as it should is followed by the next one", async () => {
  await using server = await FaultServer.start(on);
  let ending: Socket | undefined;
  const { client, clock, errors } = await open(server);
  await holds(client, server.push(off));
  server.onStream = ({ socket }) => void (ending = socket);
  server.breakStreams();
  await reconnect(clock);
  await server.until(() => ending !== undefined);
  server.onStream = undefined;
  clock.advance(5_000);
  const digest = server.setDocument(numbered(1));
  ending?.end(`${streamHead}${new TextDecoder().decode(chunk(`{"result":${server.text}}\n`))}0\r\n\r\n`);
  await holds(client, digest);
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  assert.deepEqual(errors, []);
  client.close();
});

test("what is found to be no flag state after its stream broke is told of", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine, errors } = await open(server);
  await holds(client, server.push(off));
  let release: (() => void) | undefined;
  engine.gate = new Promise((resolve) => release = resolve);
  server.sendToStreams('{"result":{"namespace":{}}}\n');
  while (engine.open === 0) await new Promise((resolve) => setImmediate(resolve));
  const failed = next(client, "error");
  server.breakStreams(true);
  // The wait for the next stream begins when this one is over.
  await server.until(() => server.streams === 0);
  release?.();
  assert.match(String(await failed), /not a valid document/);
  assert.equal(errors.length, 1);
  client.close();
});

test("what is found to be no flag state after its stream had another error is not told of", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine, errors } = await open(server);
  await holds(client, server.push(off));
  let release: (() => void) | undefined;
  engine.gate = new Promise((resolve) => release = resolve);
  const failed = next(client, "error");
  server.sendToStreams('{"result":{"namespace":{}}}\nnonsense\n');
  assert.match(String(await failed), /sent a line that is not a flag state/);
  release?.();
  while (engine.open > 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(errors.length, 1);
  client.close();
});

test("closing during the fetch before a stream opens none", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await open(server);
  await holds(client, server.push(off));
  server.onSnapshot = () => {};
  server.breakStreams();
  await reconnect(clock);
  await server.until(() => server.counts[0] === 2);
  await client[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(server.counts[1], 1);
});
