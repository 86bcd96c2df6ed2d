// Streams that do not open, open badly or cannot be had at all, and what the client makes of each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { FetchError } from "../../../mod.ts";
import type { Fault } from "../../support/fault_server.ts";
import { chunk, FaultServer, responseText, streamHead } from "../../support/fault_server.ts";
import { testClient } from "../../support/runtime.ts";
import { holds, isShort, next, numbered, off, on, reconnect, streaming } from "../../support/streams.ts";

for (const status of [404, 405, 501]) {
  test(`a server that answers ${status} cannot stream: that is said once, and it is polled`, async () => {
    await using server = await FaultServer.start(on);
    server.onStream = ({ socket }) =>
      void socket.write(responseText(status, { "Content-Type": "text/plain" }, "404 page not found\n"));
    const { client, clock } = await testClient(streaming(server));
    const errors: Error[] = [];
    const modes: string[] = [];
    client.on("error", (error) => errors.push(error));
    client.on("status", ({ mode }) => modes.push(mode));
    await next(client, "error");
    assert.equal(client.status.mode, "polling");
    assert.equal(client.status.state, "ready");
    for (let fetches = 2; fetches < 5; fetches++) {
      server.setDocument(numbered(fetches));
      clock.advance((await clock.waiting(({ millis }) => millis === 120_000)).millis);
      await holds(client, server.digest ?? "");
      assert.equal(server.counts[0], fetches);
    }
    assert.equal(server.counts[1], 1);
    assert.deepEqual(modes, ["polling"]);
    assert.equal(errors.length, 1);
    assert.match(
      errors[0]?.message ?? "",
      /^this server cannot stream \(Flipt v2 can\): it is polled every 120 s\. http.*\/stream answered /,
    );
    client.close();
  });
}

test("a server that cannot stream, and is not to be polled, is only asked by refresh", async () => {
  await using server = await FaultServer.start(on);
  server.onStream = ({ socket }) => void socket.write(responseText(404, {}, '{"message":"no such path"}'));
  const { client, clock } = await testClient(streaming(server, { updateInterval: 0 }));
  const error = await next(client, "error");
  assert.ok(error instanceof FetchError);
  assert.match(
    error.message,
    /^this server cannot stream \(Flipt v2 can\): only refresh\(\) fetches, since updateInterval is 0\. http.*no such path/,
  );
  // Over TLS, a front of another address is asked.
  assert.match(String(error.url), /^https?:.*\/client\/v2\/environments\/default\/namespaces\/shop\/stream$/);
  assert.deepEqual([error.status, error.serverMessage, error.retryable], [404, "no such path", false]);
  server.onSnapshot = ({ socket }) => void socket.write(responseText(500));
  await assert.rejects(client.refresh());
  // Not even a failure is a reason to fetch again.
  assert.deepEqual(clock.timers, []);
  client.close();
});

test("a namespace that does not exist is a 404 of the first fetch, and streamed once it is there", async () => {
  await using server = await FaultServer.start();
  await assert.rejects(
    testClient(streaming(server)),
    /404: evaluation snapshot for namespace "shop" not found/,
  );
  assert.deepEqual(server.counts, [1, 0]);
  const { client, clock } = await testClient(streaming(server, { errorStrategy: "fallback" }));
  assert.equal(client.status.state, "failed");
  server.setDocument(on);
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  assert.equal(client.status.state, "ready");
  client.close();
});

test("a stream that is not even given a head is given up after the timeout, and tried again", async () => {
  await using server = await FaultServer.start(on);
  server.onStream = () => {};
  const { client, clock } = await testClient(streaming(server, { requestTimeout: 5, updateInterval: 0 }));
  await server.until(() => server.counts[1] === 1);
  const failed = next(client, "error");
  clock.advance(5_000);
  const error = await failed;
  assert.ok(error instanceof FetchError);
  assert.match(error.message, /\/stream did not open the stream within 5 s \(the option requestTimeout\)$/);
  server.onStream = undefined;
  await reconnect(clock);
  await server.until(() => server.streams === 1);
  await holds(client, server.push(off));
  clock.advance(1_000_000);
  await holds(client, server.push(on));
  assert.equal(server.counts[1], 2);
  client.close();
});

/** What can go wrong with opening a stream, and what is said of it. */
const faults: readonly [name: string, fault: Fault, message: RegExp][] = [
  ["a connection that is reset", ({ socket }) => socket.destroy(), /^could not reach http.*\/stream: /],
  [
    "a head that is cut off",
    ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\nContent-T"),
    /^could not reach http.*\/stream: /,
  ],
  [
    "a head, and then the end",
    ({ socket }) => void socket.end(streamHead),
    /ended before it sent a flag state$/,
  ],
  [
    "half a first line",
    ({ socket }) => {
      socket.write(streamHead);
      socket.end(chunk('{"result":{"namespace'));
    },
    /ended before it sent a flag state$/,
  ],
  [
    "a gzip that is cut off",
    ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n");
      socket.end(chunk(gzipSync('{"result":{"namespace"').subarray(0, 15)));
    },
    /ended before it sent a flag state$|^could not reach/,
  ],
  [
    "200 with HTML",
    ({ socket }) =>
      void socket.end(
        responseText(200, { "Content-Type": "text/html" }, "<!doctype html>\n<p>hello\n</html>\n"),
      ),
    /sent a line that is not a flag state; check that the url option leads to Flipt$/,
  ],
  ["204", ({ socket }) => void socket.write("HTTP/1.1 204 No Content\r\n\r\n"), /answered 204; /],
  [
    "304",
    ({ socket }) => void socket.write("HTTP/1.1 304 Not Modified\r\n\r\n"),
    /answered 304; no request was made/,
  ],
  [
    "a redirect to another origin",
    ({ socket }) => void socket.write(responseText(301, { Location: "http://other.invalid/x" })),
    /redirects to another origin, http:\/\/other\.invalid\/x: /,
  ],
  [
    "a 400 with a wrapped error",
    ({ socket }) =>
      void socket.write(responseText(400, {}, '{"error":{"code":3,"message":"invalid field digest"}}')),
    /\/stream answered 400: invalid field digest$/,
  ],
  [
    "a 401",
    ({ socket }) => void socket.write(responseText(401)),
    /answered 401; the server requires a token/,
  ],
  ["a 403", ({ socket }) => void socket.write(responseText(403)), /answered 403; the token has no access/],
  ...[408, 429, 500, 502, 503, 504].map((status): [string, Fault, RegExp] => [
    `a ${status}`,
    ({ socket }) => void socket.write(responseText(status, { "Retry-After": "0" })),
    new RegExp(`/stream answered ${status}$`),
  ]),
];

for (const [name, fault, message] of faults) {
  for (const errorStrategy of ["fail", "fallback"] as const) {
    test(`a stream that begins with ${name} is told, and tried again without hammering: ${errorStrategy}`, async () => {
      await using server = await FaultServer.start(on);
      server.onStream = fault;
      const { client, clock } = await testClient(streaming(server, { errorStrategy, updateInterval: 0 }));
      const errors: Error[] = [];
      client.on("error", (error) => errors.push(error));
      const waits: number[] = [];
      for (let count = 0; count < 3; count++) waits.push(await reconnect(clock));
      await clock.waiting(isShort);
      assert.deepEqual(waits, [500, 1_000, 2_000]);
      assert.equal(errors.length, 4);
      for (const error of errors) assert.match(error.message, message);
      // What works goes on working: the fetches before each attempt do.
      assert.equal(client.evaluateBoolean("a", "e").enabled, true);
      assert.equal(client.status.state, "ready");
      assert.equal(client.status.consecutiveFailures, 0);
      const [snapshots, streams] = server.counts;
      // What is no flag state is a reason to fetch at once, beside the fetch before each attempt.
      assert.equal(snapshots, name === "200 with HTML" ? 8 : 4);
      // A connection that breaks at its first use may be tried once more at once.
      assert.ok(streams >= 4 && streams <= 4 * 3, String(streams));
      server.onStream = undefined;
      await reconnect(clock);
      await server.until(() => server.streams === 1);
      await holds(client, server.push(off));
      assert.equal(errors.length, 4);
      client.close();
    });
  }
}

test("a stream that ends before its first document tells what ended it", async () => {
  await using server = await FaultServer.start(on);
  server.onStream = ({ socket }) => void socket.end(streamHead);
  const { client } = await testClient(streaming(server));
  const error = await next(client, "error");
  assert.ok(error instanceof FetchError && error.cause instanceof Error, String(error));
  client.close();
});

test("Retry-After of a stream is honoured", async () => {
  await using server = await FaultServer.start(on);
  server.onStream = ({ socket }) => void socket.write(responseText(503, { "Retry-After": "20" }));
  const { client, clock } = await testClient(streaming(server));
  assert.equal((await clock.waiting(isShort)).millis, 20_500);
  client.close();
});
