// Whom a client trusts over TLS, and to whom it shows who it is: what is accepted, what is refused, what is said then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError, FliptClient } from "../../../mod.ts";
import { certificates, missingOpenssl } from "../../support/certificates.ts";
import { testClient } from "../../support/runtime.ts";
import { advice, assertAnswers, failure, init, SecureServer } from "../../support/secure_server.ts";
import { FliptServer } from "../../support/server.ts";

const skip = missingOpenssl();

test("a server whose authority is given as data answers", { skip }, async () => {
  await using server = await SecureServer.start();
  await assertAnswers(await init(server, { caCertData: certificates().authority.cert }));
});

test("a server whose authority is given as a file answers", { skip }, async () => {
  await using server = await SecureServer.start();
  await assertAnswers(await init(server, { caCertFile: certificates().authority.certFile }));
});

test("data is used in place of a file", { skip }, async () => {
  await using server = await SecureServer.start();
  const { authority } = certificates();
  await assertAnswers(await init(server, { caCertFile: "/nowhere/ca.pem", caCertData: authority.cert }));
});

test("one of several authorities is enough, and text around them does not matter", { skip }, async () => {
  await using server = await SecureServer.start();
  const { authority, stranger } = certificates();
  const caCertData = `# stranger\r\n${stranger.cert}\n# ours\n${authority.cert}`;
  await assertAnswers(await init(server, { caCertData }));
});

test("a server whose authority is not trusted is refused, with what to do, with and without the option", {
  skip,
}, async () => {
  await using server = await SecureServer.start();
  for (const tls of [undefined, {}]) {
    assert.match(
      await advice(init(server, tls)),
      /^could not reach https:\/\/localhost:\d+\/internal\/.*: the server's certificate is not from an authority that is trusted here: give the authority's certificate as the option tls: \{ caCertFile \} \(/,
    );
  }
  const { stranger } = certificates();
  assert.match(
    await advice(init(server, { caCertData: stranger.cert })),
    /is not from an authority in the option tls\.caCertData/,
  );
  assert.match(
    await advice(init(server, { caCertFile: stranger.certFile })),
    /is not from an authority in the option tls\.caCertFile/,
  );
});

test("a certificate that has expired is refused", { skip }, async () => {
  await using server = await SecureServer.start(certificates().expired);
  const caCertData = certificates().authority.cert;
  const expired = /the server's certificate has expired: it must be renewed there/;
  assert.match(await advice(init(server, { caCertData })), expired);
  assert.match(await advice(init(server, { caCertData, insecureSkipHostnameVerify: true })), expired);
});

test(
  "a certificate for another host is refused, unless its name is not to be looked at",
  { skip },
  async () => {
    await using server = await SecureServer.start(certificates().elsewhere);
    const caCertData = certificates().authority.cert;
    assert.match(
      await advice(init(server, { caCertData })),
      /the server's certificate is for another host name: use a name in the url option that the certificate has/,
    );
    await assertAnswers(await init(server, { caCertData, insecureSkipHostnameVerify: true }));
  },
);

test("not looking at the name is not trusting everybody", { skip }, async () => {
  await using server = await SecureServer.start(certificates().elsewhere);
  assert.match(await advice(init(server, { insecureSkipHostnameVerify: true })), /is not from an authority/);
});

test("any certificate is taken where none is to be verified", { skip }, async () => {
  const { stranger, expired, elsewhere } = certificates();
  for (const identity of [stranger, expired, elsewhere]) {
    await using server = await SecureServer.start(identity);
    await assertAnswers(await init(server, { insecureSkipVerify: true }));
  }
});

test("a server that wants to know its clients is shown the certificate", { skip }, async () => {
  await using server = await SecureServer.start(undefined, { mustBeKnown: true });
  const { authority, client } = certificates();
  const caCertData = authority.cert;
  await assertAnswers(
    await init(server, { caCertData, clientCertData: client.cert, clientKeyData: client.key }),
  );
  await assertAnswers(
    await init(server, { caCertData, clientCertFile: client.certFile, clientKeyFile: client.keyFile }),
  );
  await assertAnswers(
    await init(server, { caCertData, clientCertFile: client.certFile, clientKeyData: client.key }),
  );
});

test("without a client certificate, such a server is an error that says so", { skip }, async () => {
  await using server = await SecureServer.start(undefined, { mustBeKnown: true });
  const { authority, stranger } = certificates();
  const caCertData = authority.cert;
  assert.match(
    await advice(init(server, { caCertData })),
    /the server requires a client certificate: give the options tls: \{ clientCertFile, clientKeyFile \}/,
  );
  const tls = { caCertData, clientCertData: stranger.cert, clientKeyData: stranger.key };
  const error = await failure(testClient({ url: server.front.url, tls }).then(({ client }) => client));
  assert.ok(error instanceof FetchError);
  assert.deepEqual(server.flipt.requests, []);
});

test("a server that does not speak TLS is an error that says so", async () => {
  await using flipt = await FliptServer.start();
  const url = flipt.url.replace("http:", "https:");
  assert.match(
    await advice(FliptClient.init({ url, engine: "portable", tls: {} })),
    /the server does not speak TLS on that port: set the url option to one that starts with http:\/\//,
  );
});

test("a server that is not there can be tried again", async () => {
  const flipt = await FliptServer.start();
  await flipt.close();
  const url = flipt.url.replace("http:", "https:");
  const error = await failure(testClient({ url, tls: {} }).then(({ client }) => client));
  assert.ok(error instanceof FetchError);
  assert.equal(error.retryable, true);
});
