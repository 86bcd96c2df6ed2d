// Everything that can go wrong with a fetch, and what init, evaluations, status and events make of it under each strategy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ClientOptions, ErrorStrategy } from "../../../mod.ts";
import { DocumentError, EvaluationError, FetchError } from "../../../mod.ts";
import type { Fault } from "../../support/fault_server.ts";
import { FaultServer, reset, responseText } from "../../support/fault_server.ts";
import { booleanDocument, ManualClock, testClient } from "../../support/runtime.ts";
import { unlessFetch } from "../../support/transport.ts";

const good = booleanDocument("shop", "a", true);
const BODY_TIMEOUT_SECONDS = 20;

function options(url: string, more: ClientOptions = {}): ClientOptions {
  return {
    url,
    namespace: "shop",
    updateInterval: 0,
    bodyTimeout: BODY_TIMEOUT_SECONDS,
    maxDocumentBytes: 1_000_000,
    ...more,
  };
}

/** Something that goes wrong, and what is said of it. */
interface Case {
  readonly name: string;
  /** What answers; lets time pass where the fault is that nothing happens. */
  readonly fault: (clock: ManualClock) => Fault;
  /** What the error says. */
  readonly message: RegExp;
  /** How many attempts are made. @default 4, so that the error is worth a retry */
  readonly attempts?: 1;
  /** The status of the error. */
  readonly status?: number;
  /** Whether the runtimes may also take what arrived for a whole document, which is not valid then. */
  readonly orInvalid?: true;
}

function always(text: string | Uint8Array): Case["fault"] {
  return () => ({ socket }) => void socket.write(text);
}

function ending(text: string | Uint8Array): Case["fault"] {
  return () => ({ socket }) => void socket.end(text);
}

function status(code: number, headers: Record<string, string> = {}, body = ""): Case["fault"] {
  return always(responseText(code, headers, body));
}

const text = JSON.stringify(good);
const zipped = gzipSync(JSON.stringify({ ...good, padding: "x".repeat(50_000) + Math.random() }));
const gzipHead = (length: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n\r\n`;

function joined(head: string, body: Uint8Array): Uint8Array {
  const bytes = new TextEncoder().encode(head);
  const whole = new Uint8Array(bytes.length + body.length);
  whole.set(bytes);
  whole.set(body, bytes.length);
  return whole;
}

/** Passes the whole of the timeout, once the runtime had the time to read what was sent. */
function passTimeout(clock: ManualClock): void {
  setTimeout(() => clock.advance(30_000), 15);
}

const bomb = gzipSync(new Uint8Array(20_000_000));

const cases: readonly Case[] = [
  {
    name: "a connection that is reset before the head",
    fault: () => ({ socket }) => reset(socket),
    message: /^could not reach http/,
  },
  {
    name: "a connection that is reset in the middle of the headers",
    fault: () => ({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Ty", () => reset(socket)),
    message: /^could not reach http/,
  },
  {
    name: "a connection that is reset in the middle of the body",
    fault: () => ({ socket }) => {
      socket.write(responseText(200, { "Content-Length": 10_000 }, text.slice(0, 40)));
      setTimeout(() => reset(socket), 15);
    },
    message: /broke off in the middle of the document: /,
  },
  {
    name: "a head, and then silence",
    fault: (clock) => ({ socket }) => {
      socket.write(responseText(200, { "Content-Length": 10_000 }));
      passTimeout(clock);
    },
    message:
      /(did not respond within 30 s .*requestTimeout|sent no complete response within 20 s .*bodyTimeout)\)$/,
  },
  {
    name: "no answer at all",
    fault: (clock) => () => passTimeout(clock),
    message: /did not respond within 30 s \(the option requestTimeout\)$/,
  },
  {
    name: "one byte a second",
    fault: (clock) => ({ socket }) => {
      socket.write(responseText(200, { "Content-Length": 10_000 }));
      let sent = 0;
      const drip = (): void => {
        // As long as the limit for a body and no longer, which would be on the account of the next request.
        if (sent === BODY_TIMEOUT_SECONDS) return;
        socket.write(text.slice(sent, ++sent));
        clock.advance(1_000);
        setImmediate(drip);
      };
      // From when the head is there: over TLS that may take longer than any wait would allow for.
      void clock.waiting(({ millis }) => millis === BODY_TIMEOUT_SECONDS * 1000).then(drip);
    },
    message: /sent no complete response within 20 s \(the option bodyTimeout\)$/,
  },
  {
    name: "a Content-Length that is too large",
    fault: ending(responseText(200, { "Content-Length": text.length + 100 }, text.slice(0, 60))),
    message: /broke off in the middle of the document: /,
    orInvalid: true,
  },
  {
    name: "a gzip that is cut off",
    fault: ending(joined(gzipHead(60), zipped.subarray(0, 60))),
    message: /broke off in the middle of the document: |could not reach/,
    orInvalid: true,
  },
  {
    name: "a body that says it is gzip and is not",
    // No document either: one that a `fetch` in the place of Bun's own has decompressed is taken there.
    fault: always(joined(gzipHead(16), new TextEncoder().encode("neither of these"))),
    message: /broke off in the middle of the document: |could not reach/,
    orInvalid: true,
  },
  {
    name: "a bomb of gzip",
    fault: always(joined(gzipHead(bomb.length), bomb)),
    message: /sent more than 1000000 bytes: .* raise the option maxDocumentBytes/,
    attempts: 1,
  },
  {
    name: "204",
    fault: always("HTTP/1.1 204 No Content\r\n\r\n"),
    message: /answered 204; a flag state comes with status 200$/,
    attempts: 1,
    status: 204,
  },
  {
    name: "a redirect to another origin",
    fault: status(301, { Location: "http://other.invalid/internal/v1/x" }),
    message: /redirects to another origin, http:\/\/other\.invalid\/internal\/v1\/x: /,
    attempts: 1,
    status: 301,
  },
  {
    name: "a 401",
    fault: status(401, {}, `{"code":16, "message":"request was not authenticated", "details":[]}`),
    message: /answered 401: request was not authenticated; the server requires a token/,
    attempts: 1,
    status: 401,
  },
  { name: "a 403", fault: status(403), message: /403; the token has no access/, attempts: 1, status: 403 },
  {
    name: "a 404 of Flipt v1",
    fault: status(
      404,
      {},
      `{"code":5,"message":"getting flags: namespace \\"shop\\" not found","details":[]}`,
    ),
    message: /404: getting flags: namespace "shop" not found; check that there is/,
    attempts: 1,
    status: 404,
  },
  {
    name: "a 404 of Flipt v2",
    fault: status(404, {}, `{"code":5, "message":"evaluation snapshot for namespace \\"shop\\" not found"}`),
    message: /404: evaluation snapshot for namespace "shop" not found; check that there is/,
    attempts: 1,
    status: 404,
  },
  {
    name: "a 404 of something else",
    fault: status(404, { "Content-Type": "text/plain" }, "404 page not found\n"),
    message: /answered 404; this is not a response from Flipt: check the url option$/,
    attempts: 1,
    status: 404,
  },
  ...[408, 429, 500, 502, 503, 504].map((code) => ({
    name: `a ${code}`,
    fault: status(code, {}, `{"code":2,"message":"EOF","details":[]}`),
    message: new RegExp(`answered ${code}: EOF`),
    status: code,
  })),
];

/** The error that is right for a case. */
function checkError(each: Case, error: unknown): void {
  if (each.orInvalid && error instanceof DocumentError) return;
  assert.ok(error instanceof FetchError, `${each.name}: expected a FetchError, got ${error}`);
  const attempts = each.attempts ?? 4;
  const [counted = "", told = "1"] = / \((\d+) attempts in [\d.]+ s\)$/.exec(error.message) ?? [];
  assert.equal(told, String(attempts), error.message);
  assert.match(error.message.slice(0, error.message.length - counted.length), each.message);
  assert.deepEqual([error.attempts, error.retryable], [attempts, attempts === 4], each.name);
  if (each.status !== undefined) assert.equal(error.status, each.status);
}

for (const each of cases) {
  for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
    test(`${each.name}: under ${errorStrategy}, from the start and later`, async () => {
      await using server = await FaultServer.start(good);
      const clock = new ManualClock();
      server.onSnapshot = each.fault(clock);
      await atStart(each, server, clock, errorStrategy);
      server.onSnapshot = undefined;
      const { client } = await testClient(options(server.url, { errorStrategy }), clock);
      const told: unknown[] = [];
      const states: string[] = [];
      client.on("error", (error) => told.push(error));
      client.on("status", ({ state }) => states.push(state));
      server.setDocument(booleanDocument("shop", "a", false));
      server.onSnapshot = each.fault(clock);
      const before = server.counts[0];
      const error = await client.refresh().then(() => undefined, (reason: unknown) => reason);
      checkError(each, error);
      assert.deepEqual(told, [error]);
      // A connection that was used before and breaks is tried once more at once, by this client or by the runtime.
      const asked = server.counts[0] - before;
      assert.ok(asked >= 1 && asked <= (each.attempts ?? 4) + 2, String(asked));
      assert.equal(client.status.consecutiveFailures, 1);
      assert.equal(client.status.lastError, error);
      if (errorStrategy === "strict") {
        assert.equal(client.status.state, "failed");
        assert.throws(() => client.evaluateBoolean("a", "e"), (thrown: unknown) => {
          assert.ok(thrown instanceof EvaluationError);
          assert.equal(thrown.cause, error);
          return true;
        });
      } else {
        assert.equal(client.status.state, "ready");
        assert.equal(client.evaluateBoolean("a", "e").enabled, true);
      }
      server.onSnapshot = undefined;
      assert.equal(await client.refresh(), true);
      assert.equal(client.evaluateBoolean("a", "e").enabled, false);
      assert.equal(client.status.consecutiveFailures, 0);
      assert.deepEqual(states, errorStrategy === "strict" ? ["failed", "ready"] : []);
      client.close();
    });
  }
}

async function atStart(
  each: Case,
  server: FaultServer,
  clock: ManualClock,
  errorStrategy: ErrorStrategy,
): Promise<void> {
  const pending = testClient(options(server.url, { errorStrategy }), clock);
  if (errorStrategy !== "fallback") {
    const error = await pending.then(() => undefined, (reason: unknown) => reason);
    checkError(each, error);
  } else {
    const { client } = await pending;
    checkError(each, client.status.lastError);
    assert.equal(client.status.state, "failed");
    assert.throws(
      () => client.evaluateBoolean("a", "e"),
      /failed to get flag information shop\/a: no flags have been fetched yet \(./,
    );
    client.close();
  }
  assert.deepEqual(clock.timers, []);
}

test("a Content-Length that is too small cuts the document, which does not replace a good one", async () => {
  await using server = await FaultServer.start(good);
  const { client } = await testClient(options(server.url, { errorStrategy: "fallback" }));
  server.onSnapshot = ({ socket }) => socket.end(responseText(200, { "Content-Length": 50 }, text));
  await assert.rejects(client.refresh(), DocumentError);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
});

test("200 with HTML is no document, whichever strategy", async () => {
  for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
    await using server = await FaultServer.start(good);
    const { client } = await testClient(options(server.url, { errorStrategy }));
    const html = "<!doctype html><title>Sign in</title>";
    server.onSnapshot = ({ socket }) =>
      void socket.write(responseText(200, { "Content-Type": "text/html" }, html));
    const before = server.requests.length;
    await assert.rejects(client.refresh(), DocumentError);
    assert.equal(server.requests.length, before + 1);
    assert.equal(client.status.state, errorStrategy === "strict" ? "failed" : "ready");
    client.close();
  }
});

test("304 that was not asked for is an error, and asking for it again none", async () => {
  await using server = await FaultServer.start(good);
  server.onSnapshot = ({ socket }) => void socket.write("HTTP/1.1 304 Not Modified\r\n\r\n");
  await assert.rejects(testClient(options(server.url)), /answered 304; no request was made/);
  server.onSnapshot = undefined;
  const { client } = await testClient(options(server.url));
  assert.equal(await client.refresh(), false);
  client.close();
});

test("an older state than the one that is held is taken, when polling: a change can be taken back", async () => {
  await using server = await FaultServer.start(good);
  const { client } = await testClient(options(server.url));
  server.setDocument(booleanDocument("shop", "a", false));
  assert.equal(await client.refresh(), true);
  server.setDocument(good);
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
});

test("a server that refuses connections, and a name that does not exist, are named", {
  skip: unlessFetch("a TLS front accepts for a server that refuses"),
}, async () => {
  const server = await FaultServer.start(good);
  await server.close();
  for (const url of [server.url, "http://flipt.invalid:8080"]) {
    for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
      const pending = testClient(options(url, { errorStrategy }));
      const error = errorStrategy !== "fallback"
        ? await pending.then(() => undefined, (reason: unknown) => reason)
        : (await pending).client.status.lastError;
      assert.ok(error instanceof FetchError, String(error));
      assert.ok(error.message.startsWith(`could not reach ${url}/internal/`), error.message);
      assert.deepEqual([error.attempts, error.retryable, error.status], [4, true, undefined]);
    }
  }
});
