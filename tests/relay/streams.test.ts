// The streams of a relay: what is sent to whom, and what is skipped.

import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { constants, createGunzip } from "node:zlib";
import { addressOf } from "../../relay/address.ts";
import { DocumentStreams } from "../../relay/document_streams.ts";
import { checkedDigest } from "../../relay/held_document.ts";
import { HttpServer } from "../../relay/http_server.ts";
import { ServedDocument } from "../../relay/served_document.ts";

/** The document with a number. */
function numbered(number: number, ballast: string = ""): ServedDocument {
  const document = new TextEncoder().encode(
    JSON.stringify({ namespace: { key: "shop" }, flags: [], number, ballast }),
  );
  return new ServedDocument({
    ...{ environment: "default", namespace: "shop", document, receivedAtMs: 1 },
    digest: checkedDigest(document, "shop"),
  });
}

/** Streams behind a server: `/gzip` is compressed, `?digest` says what the client has. */
async function serve(streams: DocumentStreams): Promise<HttpServer> {
  return await HttpServer.start(addressOf("127.0.0.1:0"), ({ url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    streams.add(response, pathname === "/gzip", searchParams.get("digest") ?? undefined);
  });
}

async function get(server: HttpServer, path: string): Promise<IncomingMessage> {
  const outgoing = request(server.url + path);
  outgoing.on("error", () => {});
  outgoing.end();
  const [incoming] = await once(outgoing, "response") as [IncomingMessage];
  incoming.on("error", () => {});
  return incoming;
}

/** The numbers of the documents in lines. */
async function* numbersIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line).result.number;
  }
}

test("plain and compressed streams are sent the same documents", async () => {
  const streams = new DocumentStreams();
  const server = await serve(streams);
  streams.send(numbered(1));
  const plain = numbersIn(await get(server, "/"));
  const gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH });
  gunzip.on("error", () => {});
  const compressed = numbersIn((await get(server, "/gzip")).pipe(gunzip));
  for (let number = 1; number <= 4; number++) {
    streams.send(numbered(number));
    // The same once more is not sent once more.
    streams.send(numbered(number));
    assert.deepEqual(
      await Promise.all([plain.next(), compressed.next()]).then((all) => all.map(({ value }) => value)),
      [
        number,
        number,
      ],
    );
  }
  assert.equal(streams.size, 2);
  streams.end();
  await server.close();
});

test("a client that has the document is sent nothing, not even a head, until there is another", async () => {
  const streams = new DocumentStreams();
  const server = await serve(streams);
  const first = numbered(1);
  streams.send(first);
  let isAnswered = false;
  const answer = get(server, `/?digest=${first.etag}`).then((incoming) => {
    isAnswered = true;
    return incoming;
  });
  while (streams.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  // A whole exchange later there is no head yet.
  const other = numbersIn(await get(server, "/"));
  assert.equal((await other.next()).value, 1);
  assert.equal(isAnswered, false);
  streams.send(numbered(2));
  assert.equal((await numbersIn(await answer).next()).value, 2);
  streams.end();
  await server.close();
});

test("a client that reads slowly skips to the newest document", async () => {
  const streams = new DocumentStreams();
  const server = await serve(streams);
  const { port } = new URL(server.url) as unknown as AddressInfo;
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  while (streams.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const ballast = "x".repeat(2 << 20);
  const count = 20;
  for (let number = 1; number <= count; number++) {
    streams.send(numbered(number, ballast));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seen = new Set<number>();
  let end = "";
  let byteLength = 0;
  socket.on("data", (chunk: Buffer) => {
    byteLength += chunk.length;
    const text = end + chunk.toString("latin1");
    for (const [, number] of text.matchAll(/"number":(\d+),/g)) seen.add(Number(number));
    end = text.slice(-50);
  });
  socket.resume();
  while (!seen.has(count)) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(seen.size < count / 2, `${seen.size} of ${count} documents were sent`);
  assert.ok(byteLength < count * ballast.length / 2, `${byteLength} bytes were sent`);
  socket.destroy();
  streams.end();
  await server.close();
});
