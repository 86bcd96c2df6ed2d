// Replies with interim answers before the real one, as proxies send them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { FetchError } from "../../../mod.ts";
import { HttpRequester } from "../../../src/sources/http_request.ts";

const HINTS = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const REPLY = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/** Node takes a 100 that nobody asked for as the end of a connection. */
const isNode = !("Deno" in globalThis) && process.versions["bun"] === undefined;

/** What a requester gets from a server whose n-th reply is the n-th, and all later ones the last; and how often it asked. */
async function asked(
  ...replies: readonly string[]
): Promise<{ text?: string; error?: unknown; requests: number }> {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.end(replies[requests] ?? replies.at(-1) ?? "");
      requests++;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const settings = {
    namespace: "shop",
    environment: "default",
    reference: undefined,
    authentication: undefined,
    tls: undefined,
  };
  try {
    const requester = new HttpRequester(settings);
    const { response } = await requester.get(
      `http://127.0.0.1:${port}/`,
      undefined,
      new AbortController().signal,
    );
    return { text: await response.text(), requests };
  } catch (error) {
    return { error, requests };
  } finally {
    server.close();
  }
}

test("one interim answer is read over", async () => {
  assert.deepEqual(await asked(HINTS + REPLY), { text: "ok", requests: 1 });
});

test("two interim answers are read over, or the request is sent once more", async () => {
  assert.deepEqual(await asked(HINTS + CONTINUE + REPLY, REPLY), { text: "ok", requests: isNode ? 2 : 1 });
});

test("a server that always sends two is not asked without end", async () => {
  const { text, error, requests } = await asked(HINTS + CONTINUE + REPLY);
  if (isNode) {
    assert.ok(error instanceof FetchError);
    assert.ok(error.retryable);
    assert.equal(requests, 2);
  } else assert.deepEqual({ text, requests }, { text: "ok", requests: 1 });
});
