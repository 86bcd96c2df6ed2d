// A server that breaks off the handshake of TLS, or never takes part in it.

import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { FetchError, FliptClient, type TlsOptions } from "../../../mod.ts";
import { secureConnection } from "../../../src/sources/secured_connection_node.ts";
import { certificates, missingOpenssl } from "../../support/certificates.ts";

/** A server that answers what it gets first, or says nothing. */
async function server(answer?: Uint8Array): Promise<{ url: string; sockets: Socket[]; close(): void }> {
  const sockets: Socket[] = [];
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => answer && socket.end(answer));
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    sockets,
    close() {
      listening.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function failureOf(alert: number, tls: TlsOptions): Promise<FetchError> {
  const { url, close } = await server(Uint8Array.from([21, 3, 3, 0, 2, 2, alert]));
  const error = await FliptClient.init({ url, engine: "portable", tls }).then(
    () => undefined,
    (reason) => reason,
  );
  close();
  assert.ok(error instanceof FetchError, String(error));
  assert.ok(!/\s\s|\n|^\s|\s$/.test(error.message), JSON.stringify(error.message));
  return error;
}

test("an alert in place of a handshake says what to do, and is not tried again", {
  skip: missingOpenssl(),
}, async () => {
  const { client } = certificates();
  const pair = { clientCertData: client.cert, clientKeyData: client.key };
  const requires = /the server requires a client certificate: give the options tls: \{ clientCertFile/;
  const rejected = /the server rejected the client certificate in the option tls/;
  const cases: readonly (readonly [alert: number, tls: TlsOptions, message: RegExp])[] = [
    [
      40,
      {},
      /it requires a client certificate \(the options tls: .*\), or has no version or cipher of TLS in common/,
    ],
    [40, pair, /it does not accept the client certificate in the option tls, or has no version or cipher/],
    [42, {}, requires],
    [43, pair, rejected],
    [44, pair, rejected],
    [45, pair, rejected],
    [46, pair, rejected],
    [48, {}, requires],
    [48, pair, rejected],
    [70, {}, /speaks no version of TLS that this runtime does: it must offer TLS 1\.2 or 1\.3/],
  ];
  for (const [alert, tls, message] of cases) {
    const error = await failureOf(alert, tls);
    assert.match(error.message, message, `alert ${alert}`);
    assert.deepEqual([error.retryable, error.attempts], [false, 1], `alert ${alert}`);
  }
});

test("a handshake that is given up is over, whatever the server does", async () => {
  const { url, sockets, close } = await server();
  for (let count = 1; count <= 3; count++) {
    const giving = new AbortController();
    const reason = new Error("given up");
    const connecting = secureConnection(url, {}, undefined, giving.signal);
    connecting.catch(() => {});
    while (sockets.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    // The handshake has begun.
    await new Promise((resolve) => setTimeout(resolve, 20));
    giving.abort(reason);
    await assert.rejects(connecting, reason);
  }
  close();
});
