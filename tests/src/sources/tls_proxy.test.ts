// A proxy together with the option `tls`: requests and streams go through a tunnel, with the trust of the option inside.

import assert from "node:assert/strict";
import { type connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { FetchError } from "../../../mod.ts";
import { httpsFetch } from "../../../src/sources/https_node.ts";
import { certificates, missingOpenssl } from "../../support/certificates.ts";
import { Proxy } from "../../support/proxy.ts";
import { booleanDocument } from "../../support/runtime.ts";
import { assertAnswers, failure, init, SecureServer } from "../../support/secure_server.ts";
import { next } from "../../support/streams.ts";

const skip = missingOpenssl();

/** What a tunnel to the server is asked for with. */
function tunnelTo({ front }: SecureServer): string {
  return `CONNECT ${front.url.replace("https://", "")}`;
}

test(
  "each request goes through a tunnel, with the authority and identity of the option",
  { skip },
  async () => {
    const { authority, client } = certificates();
    await using server = await SecureServer.start(undefined, { mustBeKnown: true });
    await using proxy = await Proxy.start();
    const tls = { caCertData: authority.cert, clientCertData: client.cert, clientKeyData: client.key };
    await assertAnswers(await init(server, { ...tls, proxy: proxy.url }));
    assert.deepEqual(proxy.requests, [tunnelTo(server), tunnelTo(server)]);
    assert.deepEqual(proxy.credentials, [undefined, undefined]);
  },
);

test("a stream goes through the proxy, and ends with the client", { skip }, async () => {
  const { authority } = certificates();
  await using server = await SecureServer.start();
  await using proxy = await Proxy.start();
  const tls = { caCertData: authority.cert, proxy: proxy.url };
  const client = await init(server, tls, { fetchMode: "streaming" });
  const updated = next(client, "update");
  while (server.flipt.streams === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  server.flipt.push("shop", booleanDocument("shop", "a", true));
  await updated;
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
  client.close();
  while (server.flipt.streams > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(proxy.requests.length >= 2);
});

test("user and password go to the proxy, and nowhere else", { skip }, async () => {
  const { authority } = certificates();
  await using server = await SecureServer.start();
  await using proxy = await Proxy.start();
  const withPassword = proxy.url.replace("http://", "http://us%40er:pass%3Aw%C3%B6rd@");
  const tls = { caCertData: authority.cert, proxy: withPassword };
  (await init(server, tls)).close();
  const expected = btoa(String.fromCharCode(...new TextEncoder().encode("us@er:pass:wörd")));
  assert.deepEqual(proxy.credentials, [`Basic ${expected}`]);
  assert.equal(server.flipt.requests[0]?.headers["proxy-authorization"], undefined);
  proxy.answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  const refused = await failure(init(server, tls));
  assert.ok(refused instanceof FetchError);
  assert.equal(refused.retryable, false);
  assert.match(
    refused.message,
    /^the proxy 127\.0\.0\.1:\d+ answered 407 when it was asked for a tunnel to /,
  );
  assert.doesNotMatch(refused.message, /us%40er|us@er|W%C3|wörd/);
});

test("a password with a bare % in it is sent as it is", { skip }, async () => {
  await using server = await SecureServer.start();
  await using proxy = await Proxy.start();
  const withPercent = proxy.url.replace("http://", "http://user:100%pw@");
  (await init(server, { caCertData: certificates().authority.cert, proxy: withPercent })).close();
  assert.deepEqual(proxy.credentials, [`Basic ${btoa("user:100%pw")}`]);
});

test("the certificate of the server is checked inside of the tunnel", { skip }, async () => {
  const { authority, elsewhere: foreignIdentity } = certificates();
  await using proxy = await Proxy.start();
  await using server = await SecureServer.start();
  const unknown = await failure(
    init(server, { proxy: proxy.url, caCertData: certificates().stranger.cert }),
  );
  assert.ok(unknown instanceof FetchError);
  assert.match(unknown.message, /not from an authority in the option tls\.caCertData/);
  await using elsewhere = await SecureServer.start(foreignIdentity);
  const tls = { caCertData: authority.cert, proxy: proxy.url };
  const foreign = await failure(init(elsewhere, tls));
  assert.match(foreign.message, /certificate is for another host name/);
  (await init(elsewhere, { ...tls, insecureSkipHostnameVerify: true })).close();
  (await init(server, { insecureSkipVerify: true, proxy: proxy.url })).close();
});

test(
  "a proxy that cannot be reached, breaks off or is none is an error that names it, and may be tried again",
  {
    skip,
  },
  async () => {
    const { authority } = certificates();
    await using server = await SecureServer.start();
    const gone = await Proxy.start();
    await gone[Symbol.asyncDispose]();
    const reject = async (proxy: string, message: RegExp): Promise<void> => {
      const fetch = await httpsFetch({ caCertData: authority.cert, proxy });
      const { signal } = new AbortController();
      const error: unknown = await fetch(server.front.url, { headers: {}, redirect: "manual", signal })
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof FetchError, String(error));
      assert.match(error.message, message);
      assert.equal(error.retryable, true);
    };
    await using proxy = await Proxy.start();
    proxy.answer = "";
    await Promise.all([
      reject(gone.url, /^could not reach https:.* through the proxy 127\.0\.0\.1:\d+: /),
      reject(proxy.url, /^could not reach https:.* through the proxy .*: it closed the connection$/),
    ]);
  },
);

test("a proxy that says nothing is given up with the request", { skip }, async () => {
  const { authority } = certificates();
  await using server = await SecureServer.start();
  const sockets: ReturnType<typeof connect>[] = [];
  const silent = createServer((socket) => {
    socket.on("error", () => {});
    socket.resume();
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const ending = new AbortController();
  const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const made = init(server, { caCertData: authority.cert, proxy }, { signal: ending.signal });
  while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  ending.abort(new Error("enough"));
  assert.match((await failure(made)).message, /^enough$/);
  await Promise.all(
    sockets.map((socket) => socket.destroyed || new Promise((resolve) => socket.once("close", resolve))),
  );
  await new Promise((resolve) => silent.close(resolve));
});
