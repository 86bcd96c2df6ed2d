// The options of TLS, from the command line to the server.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { certificates, missingOpenssl, TlsFront } from "../support/certificates.ts";
import { command } from "../support/cli.ts";
import { CliShop } from "../support/cli_shop.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, quickly, server } = shop;

test("a server behind TLS is asked with the authority and the certificate that are named", {
  skip: missingOpenssl(),
}, async () => {
  const { server: identity, client, authority } = certificates();
  const front = await TlsFront.start(server.url, {
    cert: identity.cert,
    key: identity.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  try {
    const ca = authority.certFile;
    const known = ["--cert", client.certFile, "--key", client.keyFile];
    const args = ["list", "--url", front.url, "--ca", ca];
    assert.match(await quickly([...args, ...known]), /^flag +type/);
    assert.equal((await command([...args, "--timeout", "5"], { environment })).code, 4);
    const untrusted = await command(["doctor", "--url", front.url, "--ca", known[1] ?? "", ...known], {
      environment,
    });
    assert.deepEqual([untrusted.code, /problem .*certificate/.test(untrusted.output)], [4, true]);
    assert.match(await quickly(["list", "--url", front.url, "--insecure-skip-verify", ...known]), /^flag/);
    const missing = await command(["list", "--url", front.url, "--ca", "/nowhere/ca.pem"], { environment });
    assert.deepEqual([missing.code, /--ca|caCertFile/.test(missing.errors)], [2, true]);
  } finally {
    await front.close();
  }
});
