// Reconnecting with the digest of the held state: Flipt 2.10 and later then sends nothing, not even a head, until the
// state changes; older servers take no notice.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { chunk, FaultServer, responseText, streamHead } from "../../support/fault_server.ts";
import type { TestClient } from "../../support/runtime.ts";
import { testClient } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";
import { holds, isShort, next, numbered, off, on, open, reconnect } from "../../support/streams.ts";

/** The queries of the streams that were asked for. */
function queries(server: FaultServer): string[] {
  return server.requests.filter(({ isStream }) => isStream).map(({ path }) => path.split("?")[1] ?? "");
}

/** A client whose first stream has brought its document, and was broken; the second one is open. */
async function reconnected(
  server: FaultServer,
  options: ClientOptions = {},
): Promise<TestClient & { errors: Error[] }> {
  const made = await open(server, options);
  await holds(made.client, server.push(on));
  await again(server, made);
  return made;
}

/** Breaks the stream, and waits for the next one. */
async function again(server: FaultServer, { clock }: TestClient): Promise<void> {
  const [, streams] = server.counts;
  server.breakStreams();
  await server.until(() => server.streams === 0);
  await reconnect(clock);
  await server.until(() => server.counts[1] > streams && server.streams > 0);
}

test("a stream that follows one which brought documents is asked for with the digest, and brings the next change", async () => {
  await using server = await FaultServer.start(off);
  const made = await reconnected(server);
  assert.deepEqual(queries(server), ["", `digest=${server.digest}`]);
  const digest = server.push(numbered(1));
  await holds(made.client, digest);
  assert.deepEqual(made.client.listFlags().map(({ key }) => key), ["flag-1"]);
  // What has been said of another state is taken back.
  await holds(made.client, server.push(on));
  assert.deepEqual(made.errors, []);
  made.client.close();
});

test("a silent stream outlives the timeout of requests and fetches that find nothing new", async () => {
  await using server = await FaultServer.start(off);
  const { client, clock, errors } = await reconnected(server, { requestTimeout: 7, updateInterval: 60 });
  const [snapshots] = server.counts;
  clock.advance(8_000);
  clock.advance(52_000);
  await server.until(() => server.counts[0] > snapshots);
  await client.refresh();
  assert.equal(server.streams, 1);
  await holds(client, server.push(numbered(1)));
  assert.deepEqual(queries(server).length, 2);
  assert.deepEqual(errors, []);
  client.close();
});

test("a silent stream that a fetch proves dead is dropped without an error", async () => {
  await using server = await FaultServer.start(off);
  const { client, clock, errors } = await reconnected(server);
  clock.advance(31_000);
  const digest = server.setDocument(numbered(1));
  await client.refresh();
  await server.until(() => server.streams === 0);
  await reconnect(clock);
  await server.until(() => server.streams > 0);
  assert.deepEqual(queries(server).at(-1), `digest=${digest}`);
  assert.deepEqual(errors, []);
  client.close();
});

test("a way back to the digest that the stream was asked with, which a server may withhold, is fetched", async () => {
  await using server = await FaultServer.start(off);
  const { client, clock, errors } = await reconnected(server, { updateInterval: 60 });
  await holds(client, server.push(numbered(1)));
  // A server that compares every state with that digest, and not only the first, sends nothing.
  const digest = server.setDocument(on);
  clock.advance(60_000);
  await holds(client, digest);
  await server.until(() => server.streams === 0);
  await reconnect(clock);
  await server.until(() => server.streams > 0);
  assert.deepEqual(queries(server).at(-1), `digest=${digest}`);
  await holds(client, server.push(numbered(1)));
  assert.deepEqual(errors, []);
  client.close();
});

test("a silent stream that breaks is no failed request: the next one follows without an error", async () => {
  await using server = await FaultServer.start(off);
  const { client, clock, errors } = await reconnected(server);
  for (const isConnectionLost of [false, true, false]) {
    const [, streams] = server.counts;
    clock.advance(10_000);
    server.breakStreams(isConnectionLost);
    await server.until(() => server.streams === 0);
    // Some runtimes ask again by themselves where a connection broke that had been used before.
    await Promise.race([reconnect(clock), server.until(() => server.counts[1] > streams)]);
    await server.until(() => server.streams > 0);
  }
  await holds(client, server.push(numbered(1)));
  assert.deepEqual(errors, []);
  client.close();
});

test("a proxy that is tired of waiting ends a stream; one that refuses at once is an error", async () => {
  await using server = await FaultServer.start(off);
  const { client, clock, errors } = await open(server);
  await holds(client, server.push(on));
  let waiting: (() => void) | undefined;
  server.onStream = ({ socket }) => {
    waiting = () => socket.end(responseText(504));
  };
  server.breakStreams();
  await reconnect(clock);
  await server.until(() => waiting !== undefined);
  clock.advance(60_000);
  waiting?.();
  server.onStream = ({ socket }) => socket.end(responseText(504));
  const failed = next(client, "error");
  await reconnect(clock);
  assert.match(String(await failed), /answered 504/);
  assert.equal(errors.length, 1);
  // That says nothing against the digest.
  server.onStream = undefined;
  await reconnect(clock);
  await server.until(() => server.streams > 0);
  assert.equal(queries(server).at(-1), `digest=${server.digest}`);
  client.close();
});

test("only an answer that speaks of time, after five seconds, is the end of a silent stream", async () => {
  for (
    const [status, waitedMs, isEnd] of [
      [408, 5_000, true],
      [500, 5_000, true],
      [408, 4_999, false],
      [403, 5_000, false],
    ] as const
  ) {
    await using server = await FaultServer.start(off);
    const { client, clock, errors } = await open(server);
    await holds(client, server.push(on));
    let waiting: (() => void) | undefined;
    server.onStream = ({ socket }) => {
      waiting = () => socket.end(responseText(status));
    };
    server.breakStreams();
    await reconnect(clock);
    await server.until(() => waiting !== undefined);
    clock.advance(waitedMs);
    waiting?.();
    await clock.waiting(isShort);
    assert.equal(errors.length, isEnd ? 0 : 1, `${status} after ${waitedMs} ms`);
    client.close();
  }
});

test("a server that does not know the parameter sends its document at once", async () => {
  await using server = await FaultServer.start(off);
  server.onStream = ({ server, request, socket }) =>
    server.answer({ server, socket, request: { ...request, path: request.path.replace(/\?.*/, "") } });
  const { client, engine, errors } = await reconnected(server);
  const { compiled } = engine;
  await holds(client, server.push(numbered(1)));
  assert.equal(engine.compiled, compiled + 1);
  assert.deepEqual(errors, []);
  client.close();
});

test("a server that takes offence at the parameter is asked without it", async () => {
  await using server = await FaultServer.start(off);
  const made = await open(server);
  await holds(made.client, server.push(on));
  server.onStream = ({ server, request, socket }) => {
    if (request.path.includes("?")) {
      socket.end(responseText(400, {}, '{"error":{"message":"unknown field"}}'));
    } else server.answer({ server, socket, request });
  };
  const failed = next(made.client, "error");
  server.breakStreams();
  await reconnect(made.clock);
  assert.match(String(await failed), /answered 400: unknown field/);
  await reconnect(made.clock);
  await server.until(() => server.streams > 0);
  assert.deepEqual(queries(server).map((query) => query !== ""), [false, true, false]);
  made.client.close();
});

test("nothing but a proven stream of Flipt's digests, which fetches watch over, is asked for in silence", async () => {
  const hexadecimal = "0123456789".repeat(4);
  const cases: readonly [ClientOptions, (server: FaultServer) => void][] = [
    // Digests that are not Flipt's.
    ...[`x${hexadecimal}`, `${hexadecimal}x`].map((
      digest,
    ): [ClientOptions, (server: FaultServer) => void] => [
      {},
      (server) => {
        const text = JSON.stringify({ ...on, digest });
        server.onSnapshot = ({ socket }) => void socket.write(responseText(200, { ETag: digest }, text));
        server.onStream = ({ socket }) => {
          socket.write(streamHead);
          socket.end(chunk(`{"result":${text}}\n`));
        };
      },
    ]),
    // With no fetches nothing would tell a silent stream from a dead one.
    [{ updateInterval: 0 }, () => {}],
    // One that brings nothing may be kept back by a proxy.
    [{}, (server) => {
      server.onStream = ({ socket }) => socket.end(streamHead);
    }],
  ];
  for (const [options, prepare] of cases) {
    await using server = await FaultServer.start(off);
    prepare(server);
    const { client, clock } = await testClient({
      url: server.url,
      namespace: "shop",
      fetchMode: "streaming",
      ...options,
    });
    await server.until(() => server.counts[1] === 1);
    if (server.streams > 0) server.breakStreams();
    await reconnect(clock);
    await server.until(() => server.counts[1] === 2);
    assert.deepEqual(queries(server), ["", ""]);
    client.close();
  }
});

test("the test server does as Flipt: silent for a digest that it has, an error for one that is none", async () => {
  await using server = await FliptServer.start();
  const etag = server.setDocument("shop", off);
  const url = `${server.url}/client/v2/environments/default/namespaces/shop/stream`;
  const refused = await fetch(`${url}?digest=short`);
  assert.equal(refused.status, 400);
  assert.equal(
    await refused.text(),
    '{"error":{"code":3,"message":"invalid field digest: must be a 40-character string","details":[]}}\n',
  );
  const silent = fetch(`${url}?digest=${etag}`, { headers: { "accept-encoding": "identity" } });
  await server.received(2);
  assert.equal(server.streams, 1);
  server.push("shop", numbered(1));
  const reader = (await silent).body?.getReader();
  const { value } = await reader?.read() ?? {};
  assert.match(new TextDecoder().decode(value), /^\{"result":.*flag-1/);
  await reader?.cancel();
});
