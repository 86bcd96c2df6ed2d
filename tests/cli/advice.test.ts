// Messages of the command line name its own options, not those of the client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { certificates, missingOpenssl, TlsFront } from "../support/certificates.ts";
import { cli } from "../support/cli.ts";
import { FliptServer } from "../support/server.ts";

const skip = { skip: missingOpenssl() };

test("an authority that is not trusted, not given, or not a certificate: --ca", skip, async () => {
  await using flipt = await FliptServer.start();
  const { server: { cert, key, keyFile }, stranger, authority } = certificates();
  const front = await TlsFront.start(flipt.url, { cert, key });
  const list = async (...more: string[]): Promise<string> =>
    (await cli(["list", "--url", front.url, ...more])).errors;
  assert.match(await list(), /give the authority's certificate as --ca \(/);
  assert.match(
    await list("--ca", stranger.certFile),
    /is not from an authority in --ca: give the certificate/,
  );
  assert.match(await list("--ca", keyFile), /--ca \(.*\) has no certificate in it/);
  assert.match(await list("--ca", authority.certFile), /namespace "default" not found/);
  await front.close();
});

test("a client certificate that is wanted: --cert and --key", skip, async () => {
  await using flipt = await FliptServer.start();
  const { server: { cert, key }, authority, stranger } = certificates();
  const front = await TlsFront.start(flipt.url, { cert, key, ca: authority.cert, requestCert: true });
  const list = async (...more: string[]): Promise<string> =>
    (await cli(["list", "--url", front.url, "--ca", authority.certFile, ...more])).errors;
  assert.match(await list(), /requires a client certificate: give --cert and --key \(/);
  assert.match(
    await list("--cert", stranger.certFile, "--key", stranger.keyFile),
    /does not accept the client certificate in --cert|could not reach/,
  );
  await front.close();
});

test("a host name that the certificate does not have: --insecure-skip-hostname-verify", skip, async () => {
  await using flipt = await FliptServer.start();
  const { elsewhere: { cert, key }, authority } = certificates();
  const front = await TlsFront.start(flipt.url, { cert, key });
  const { errors: stderr } = await cli(["list", "--url", front.url, "--ca", authority.certFile]);
  assert.match(
    stderr,
    /use a name in --url that the certificate has \(or give --insecure-skip-hostname-verify\)/,
  );
  await front.close();
});

test("the wrong protocol: --url", async () => {
  await using flipt = await FliptServer.start();
  const { errors: stderr } = await cli(["list", "--url", flipt.url.replace("http:", "https:")]);
  assert.match(stderr, /does not speak TLS on that port: set --url to one that starts with http:/);
});

test("a reference that is unknown: --reference", async () => {
  await using flipt = await FliptServer.start();
  flipt.answerAlways({
    status: 500,
    body: '{"code":13,"message":"getting flags: no such ref","details":[]}',
  });
  const { errors: stderr } = await cli(["list", "--url", flipt.url, "--reference", "nope"]);
  assert.match(
    stderr,
    /no such ref; check that there is a branch, tag or commit "nope", --reference \(4 attempts in /m,
  );
});
