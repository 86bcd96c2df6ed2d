// What messages tell to do where the url, or the reference, is a little wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { test } from "node:test";
import { FetchError, FliptClient } from "../../../mod.ts";
import { certificates, missingOpenssl, TlsFront } from "../../support/certificates.ts";
import { FaultServer } from "../../support/fault_server.ts";
import { booleanDocument, testClient } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";
import { unlessFetch } from "../../support/transport.ts";

const speaksTls = "set the url option to one that starts with https://";
const isHttp = { skip: unlessFetch("a request behind a TLS front is not in the clear") };

async function failure(pending: Promise<unknown>): Promise<FetchError> {
  const error = await pending.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FetchError, String(error));
  return error;
}

/** A port where each request is answered with the same bytes. */
async function port(bytes: string | Uint8Array): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test("http:// to a port of TLS that answers with an alert, or ends the connection", isHttp, async () => {
  for (const bytes of [Uint8Array.from([21, 3, 1, 0, 2, 2, 70]), ""]) {
    const { url, server } = await port(bytes);
    const { message, retryable } = await failure(testClient({ url }));
    assert.ok(message.includes(`; if that port speaks TLS, ${speaksTls} (4 attempts`), message);
    assert.equal(retryable, true);
    server.close();
  }
});

test("http:// to a port of TLS, for real", { skip: missingOpenssl() || isHttp.skip }, async () => {
  await using flipt = await FliptServer.start();
  const { server: { cert, key } } = certificates();
  const front = await TlsFront.start(flipt.url, { cert, key });
  const url = front.url.replace("https:", "http:");
  const { message } = await failure(testClient({ url }));
  assert.ok(message.includes(`; if that port speaks TLS, ${speaksTls} (4 attempts`), message);
  await front.close();
});

test("http:// to a port of TLS whose server says so in plain text", isHttp, async () => {
  const said = [
    "Client sent an HTTP request to an HTTPS server.\n",
    "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
  ];
  for (const text of said) {
    const { url, server } = await port(`HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n${text}`);
    const { message, retryable } = await failure(testClient({ url }));
    assert.ok(message.endsWith(`answered 400: that port speaks TLS: ${speaksTls}`), message);
    assert.equal(retryable, false);
    server.close();
  }
});

test("https:// to a port that speaks HTTP, with and without the option tls", async () => {
  await using flipt = await FliptServer.start();
  const url = flipt.url.replace("http:", "https:");
  for (const tls of [undefined, {}]) {
    const { message, retryable } = await failure(FliptClient.init({ url, engine: "portable", tls }));
    assert.match(
      message,
      /the server does not speak TLS on that port: set the url option to one that starts with http:/,
    );
    assert.equal(retryable, false);
  }
});

test("a 500 where a reference was asked for says to check it, and no other 500 does", async () => {
  const raw = readFileSync(
    new URL("../../fixtures/server-errors/v1git-snap_ref_unknown.http", import.meta.url),
    "utf8",
  );
  const body = raw.slice(raw.indexOf("{"));
  await using server = await FaultServer.start(booleanDocument("default", "a", true));
  server.onSnapshot = ({ socket }) =>
    void socket.end(`HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\r\n${body}`);
  const unknown = await failure(testClient({ url: server.url, reference: "doesnotexist" }));
  assert.match(
    unknown.message,
    /answered 500: getting flags: couldn't find remote ref "refs\/heads\/doesnotexist"; check that there is a branch, tag or commit "doesnotexist", the reference option \(4 attempts/,
  );
  const other = await failure(testClient({ url: server.url }));
  assert.match(other.message, /couldn't find remote ref "refs\/heads\/doesnotexist" \(4 attempts/);
});
