// Lines of a stream that are no flag state: whatever was meant by them, the client is fresh again at once, and the server
// is left in peace for a while.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError, FetchError } from "../../../mod.ts";
import { chunk, FaultServer, streamHead } from "../../support/fault_server.ts";
import { testClient } from "../../support/runtime.ts";
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

const NO_FLAG_STATE = /sent a line that is not a flag state; check that the url option leads to Flipt$/;

/** What a line can be instead, and what is said of it. */
const damages: readonly [name: string, line: string, message: RegExp][] = [
  ["an error", '{"error":{"code":13,"message":"rebuild failed"}}', /sent an error: rebuild failed$/],
  ["an error without a message", '{"error":{}}', /sent an error$/],
  ["an error that is cut", '{"error":{"code":13,"mess', /sent an error$/],
  ["nonsense", "nonsense", NO_FLAG_STATE],
  ["HTML", "<!doctype html>", NO_FLAG_STATE],
  ["bytes that are no text", "\u0000\ufffd\u0007", NO_FLAG_STATE],
  ["a long line of nonsense", "x".repeat(100_000), NO_FLAG_STATE],
  ["another envelope", '{"other":{}}', NO_FLAG_STATE],
  ["a bare document", '{"namespace":{"key":"shop"},"flags":[]}', NO_FLAG_STATE],
  ["an envelope that is cut", '{"resu', NO_FLAG_STATE],
  ["a document that is cut after a name", '{"result":{"namespace"', NO_FLAG_STATE],
  ["a document that is cut after a brace", '{"result":{"namespace":{"key":"shop"}', /not a valid document/],
  ["a document of another shape", '{"result":{"namespace":{}}}', /not a valid document/],
  ["an empty document", '{"result":{}}', /not a valid document/],
  ["null", '{"result":null}', /not a valid document/],
  [
    "more after the envelope",
    '{"result":{"namespace":{"key":"shop"},"flags":[]}} {}',
    /not a valid document/,
  ],
];

/** Where the line is among good ones, and whether the server goes on after it. */
const places: readonly [name: string, text: (line: string, good: string) => string, isEnd: boolean][] = [
  ["the first", (line) => `${line}\n`, false],
  ["in the middle", (line, good) => `${good}\n${line}\n${good}\n`, false],
  ["the last", (line, good) => `${good}\n${line}\n`, true],
];

for (const [name, line, message] of damages) {
  for (const [place, textOf, isEnd] of places) {
    test(`${name}, ${place} line: it is told of once, fetched at once, and reconnected after a while`, async () => {
      await using server = await FaultServer.start(on);
      server.onStream = ({ socket }) => {
        // The line was to tell of this; nothing else does.
        const good = `{"result":${server.text}}`;
        server.setDocument(off);
        socket.write(streamHead);
        socket.write(chunk(textOf(line, good)));
        if (isEnd) socket.end("0\r\n\r\n");
      };
      const { client, clock } = await testClient(streaming(server, { updateInterval: 0 }));
      const errors: Error[] = [];
      client.on("error", (error) => errors.push(error));
      // The clock stands still.
      if (client.evaluateBoolean("a", "e").enabled) await next(client, "update");
      assert.equal(client.evaluateBoolean("a", "e").enabled, false);
      const wait = await clock.waiting(isShort);
      assert.equal(wait.millis, 500);
      assert.equal(errors.length, 1, errors.join("\n"));
      assert.match(errors[0]?.message ?? "", message);
      assert.ok(errors[0] instanceof FetchError || errors[0] instanceof DocumentError);
      assert.equal(client.status.state, "ready");
      assert.deepEqual(server.counts, [2, 1]);
      server.onStream = undefined;
      await reconnect(clock);
      await server.until(() => server.streams === 1);
      await holds(client, server.push(numbered(1)));
      assert.equal(errors.length, 1);
      client.close();
    });
  }
}

test("an error that a stream sends says where it came from, and that it may pass", async () => {
  for (
    const [line, serverMessage] of [
      ['{"error":{"message":"rebuild failed"}}', "rebuild failed"],
      ["nonsense", undefined],
    ] as const
  ) {
    await using server = await FaultServer.start(on);
    const { client } = await open(server);
    const failed = next(client, "error");
    server.sendToStreams(`${line}\n`);
    const error = await failed;
    assert.ok(error instanceof FetchError);
    assert.deepEqual(
      [error.url, error.status, error.serverMessage, error.retryable],
      [`${server.url}/client/v2/environments/default/namespaces/shop/stream`, 200, serverMessage, true],
    );
    // What nobody reads any more is closed.
    await server.until(() => server.streams === 0);
    client.close();
  }
});

test("a document that is larger than allowed is fetched at once, too", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await open(server, { maxDocumentBytes: 100_000, updateInterval: 0 });
  server.setDocument(off);
  server.sendToStreams(`{"result":{"padding":"${"x".repeat(200_000)}`);
  await holds(client, server.digest ?? "");
  assert.equal((await clock.waiting(isShort)).millis, 500);
  assert.equal(errors.length, 1);
  client.close();
});

test("blanks behind a document count for maxDocumentBytes", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server, { maxDocumentBytes: 100_000 });
  const failed = next(client, "error");
  server.sendToStreams('{"result":{}}');
  for (let count = 0; count < 200; count++) server.sendToStreams(" ".repeat(1000));
  assert.match(String(await failed), /\/stream sent more than 100000 bytes/);
  client.close();
});

test("however many lines of nonsense, errors or nothing come, one connection has one error", async () => {
  for (const line of ["nonsense\n", '{"error":{"message":"no"}}\n', '{"result":{}}\n', "\n".repeat(1_500)]) {
    await using server = await FaultServer.start(on);
    server.onStream = ({ socket }) => {
      socket.write(streamHead);
      for (let count = 0; count < 20; count++) socket.write(chunk(line.repeat(100)));
    };
    const { client, clock } = await testClient(streaming(server, { updateInterval: 0 }));
    const errors: Error[] = [];
    client.on("error", (error) => errors.push(error));
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) waits.push(await reconnect(clock));
    await clock.waiting(isShort);
    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000]);
    assert.equal(errors.length, 5);
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    client.close();
  }
});

test("a document that does not come whole within requestTimeout ends the stream, and is fetched", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock, errors } = await open(server, { requestTimeout: 7, updateInterval: 0 });
  server.setDocument(off);
  server.sendToStreams('{"result":{"namespace"');
  await clock.waiting(({ millis, background }) => millis === 7_000 && !background);
  clock.advance(6_999);
  assert.equal(errors.length, 0);
  clock.advance(1);
  await holds(client, server.digest ?? "");
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]), /\/stream sent no complete document within 7 s/);
  assert.equal((await clock.waiting(isShort)).millis, 500);
  client.close();
});

test("a document that came whole has no timeout left", async () => {
  await using server = await FaultServer.start(on);
  const { client, clock } = await open(server, { updateInterval: 0 });
  await holds(client, server.push(off));
  assert.deepEqual(clock.timers.filter(({ background }) => !background), []);
  client.close();
});

test("of a flood of states, a hundred in a second are put in place at most, and the last one is", async () => {
  await using server = await FaultServer.start(on);
  const { client } = await open(server);
  let updates = 0;
  client.on("update", () => updates++);
  const begun = performance.now();
  let last = "";
  for (let number = 0; number < 300; number++) {
    last = server.push(numbered(number));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await holds(client, last);
  // Timers may be a millisecond early.
  const most = 2 + (performance.now() - begun) / 9;
  assert.ok(updates <= most, `${updates} updates, at most ${most}`);
  client.close();
});

test("a flood of states that all give way ends the stream", async () => {
  await using server = await FaultServer.start(on);
  const { client, engine, clock, errors } = await open(server, { updateInterval: 0 });
  let release: (() => void) | undefined;
  engine.gate = new Promise((resolve) => release = resolve);
  let lines = "";
  for (let number = 0; number < 100; number++) {
    server.setDocument(numbered(number));
    lines += `{"result":${server.text}}\n`;
  }
  const failed = next(client, "error");
  for (let count = 0; count < 60; count++) server.sendToStreams(lines);
  assert.match(String(await failed), /\/stream sent flag states faster than they can be processed$/);
  release?.();
  // A fetch may be older than what was pushed a moment ago; the next stream is not.
  assert.equal(await reconnect(clock), 500);
  await holds(client, server.digest ?? "");
  assert.deepEqual(errors.map(String), [String(await failed)]);
  client.close();
});
