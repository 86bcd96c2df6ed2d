// Certificates and keys: what is said of those that are not usable, when files are read again, and the permissions that
// it takes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { TlsOptions } from "../../../mod.ts";
import { FetchError, FliptClient, ValidationError } from "../../../mod.ts";
import { httpsFetch } from "../../../src/sources/https_node.ts";
import { certificates, missingOpenssl } from "../../support/certificates.ts";
import { shopDocument } from "../../support/runtime.ts";
import { assertAnswers, failure, init, SecureServer } from "../../support/secure_server.ts";

const skip = missingOpenssl();
const isDeno = "Deno" in globalThis;

test("certificates and keys that are not usable are told at once, by the option's name and without the key", {
  skip,
}, async () => {
  const { authority, client, server, encryptedKey, folder } = certificates();
  const missing = join(folder, "missing.pem");
  const damaged = authority.cert.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAA");
  const pair = { clientCertData: client.cert, clientKeyData: client.key };
  const cases: readonly (readonly [TlsOptions, RegExp])[] = [
    [{ caCertFile: missing }, /^tls\.caCertFile \(.*missing\.pem\) cannot be read: .*ENOENT|No such file/],
    [{ caCertFile: folder }, /^tls\.caCertFile \(.*\) cannot be read: /],
    [{ caCertData: "hello" }, /^tls\.caCertData has no certificate in it: it must be PEM text/],
    [{ caCertData: authority.key }, /^tls\.caCertData has no certificate in it/],
    [{ caCertFile: client.keyFile }, /^tls\.caCertFile \(.*client\.key\) has no certificate in it/],
    [{ caCertData: damaged }, /^certificate 1 in tls\.caCertData is damaged/],
    [{ caCertData: authority.cert + damaged }, /^certificate 2 in tls\.caCertData is damaged/],
    [{ ...pair, clientCertData: client.key }, /^tls\.clientCertData has no certificate in it/],
    [{ ...pair, clientKeyData: client.cert }, /^tls\.clientKeyData has no private key in it/],
    [{ ...pair, clientKeyData: encryptedKey }, /^the private key in tls\.clientKeyData is encrypted/],
    [
      { ...pair, clientKeyData: client.key.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAA") },
      /^the private key in tls\.clientKeyData is damaged/,
    ],
    [
      { ...pair, clientKeyData: server.key },
      /^the private key in tls\.clientKeyData does not belong to the first certificate in tls\.clientCertData/,
    ],
    [
      { clientCertFile: client.certFile, clientKeyFile: server.keyFile },
      /^the private key in tls\.clientKeyFile \(.*server\.key\) does not belong to .* tls\.clientCertFile \(/,
    ],
  ];
  const secrets = [client.key, server.key, authority.key, encryptedKey].flatMap((key) =>
    key.split("\n").filter((line) => line.length > 20 && !line.startsWith("-"))
  );
  for (const [tls, message] of cases) {
    for (const errorStrategy of ["fail", "fallback"] as const) {
      const error = await failure(
        FliptClient.init({ url: "https://localhost:1", engine: "portable", errorStrategy, tls }),
      );
      assert.ok(error instanceof ValidationError, String(error));
      assert.match(error.message, message);
      for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
        for (const secret of secrets) assert.ok(!`${inner.message}${inner.stack}`.includes(secret));
      }
    }
  }
});

test(
  "a certificate and its key may be in one file, in either order, with a mark in front",
  { skip },
  async () => {
    await using server = await SecureServer.start(undefined, { mustBeKnown: true });
    const { authority, client, folder } = certificates();
    const file = join(folder, "both.pem");
    for (
      const text of [client.key + client.cert, client.cert + client.key, `\uFEFF${client.key}${client.cert}`]
    ) {
      writeFileSync(file, text);
      const tls = { caCertFile: authority.certFile, clientCertFile: file, clientKeyFile: file };
      await assertAnswers(await init(server, tls));
    }
  },
);

test(
  "files that were renewed are used from the next connection on; a renewal half done is an error that passes",
  {
    skip,
  },
  async () => {
    await using server = await SecureServer.start(undefined, { mustBeKnown: true });
    const { authority, client, stranger, folder } = certificates();
    const clientCertFile = join(folder, "renewed.pem");
    const clientKeyFile = join(folder, "renewed.key");
    const write = ({ cert, key }: { readonly cert: string; readonly key: string }): void => {
      writeFileSync(clientCertFile, cert);
      writeFileSync(clientKeyFile, key);
    };
    write(client);
    const connection = await httpsFetch({ caCertData: authority.cert, clientCertFile, clientKeyFile });
    const ask = async (): Promise<number> => {
      const { signal } = new AbortController();
      const response = await connection(`${server.front.url}/x`, { headers: {}, redirect: "manual", signal });
      await response.text();
      return response.status;
    };
    assert.equal(await ask(), 404);
    write(stranger);
    await assert.rejects(ask());
    write({ cert: client.cert, key: stranger.key });
    await assert.rejects(ask(), (error: unknown) => {
      assert.ok(error instanceof FetchError);
      assert.equal(error.retryable, true);
      assert.match(error.message, /^the private key in tls\.clientKeyFile .* does not belong to/);
      return true;
    });
    write(client);
    assert.equal(await ask(), 404);
  },
);

test("on Deno, what takes a permission is an error that says which, and nobody is prompted", {
  skip: skip || (!isDeno && "permissions are Deno's"),
}, async () => {
  const { authority, client, folder } = certificates();
  await using server = await SecureServer.start(undefined, { mustBeKnown: true });
  const mod = new URL("../../../mod.ts", import.meta.url).href;
  const script = join(folder, "permissions.ts");
  writeFileSync(
    script,
    `import { FliptClient } from ${JSON.stringify(mod)};
    FliptClient.init({ engine: "portable", namespace: "shop", ...JSON.parse(Deno.args[0]) }).then(
      (client) => console.log(client.listFlags().length),
      (error) => console.log(error.name + ": " + error.message),
    );`,
  );
  const run = async (tls: TlsOptions, ...permissions: string[]): Promise<string> => {
    const options = JSON.stringify({ url: server.front.url, tls });
    const child = spawn(
      process.execPath,
      ["run", "--no-check", "--allow-net=localhost", ...permissions, script, options],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => output += chunk);
    await new Promise((resolve) => child.once("close", resolve));
    return output.trim();
  };
  const pair = { clientCertData: client.cert, clientKeyData: client.key };
  const count = String(shopDocument().flags.length);
  const caCertFile = authority.certFile;
  assert.equal(
    await run({ caCertFile, ...pair }),
    `ValidationError: tls.caCertFile (${caCertFile}) cannot be read: ` +
      `Deno has no permission for it: add --allow-read=${caCertFile}`,
  );
  assert.equal(await run({ caCertFile, ...pair }, `--allow-read=${caCertFile}`), count);
  assert.equal(await run({ caCertData: authority.cert, ...pair }), count);
  assert.equal(await run({ insecureSkipVerify: true, ...pair }), count);
  assert.match(
    await run(pair),
    /^ValidationError: tls without caCertFile and caCertData trusts .*: add --allow-sys --allow-env=NODE_USE_SYSTEM_CA$/,
  );
  assert.match(
    await run(pair, "--allow-sys", "--allow-env=NODE_USE_SYSTEM_CA"),
    /is not from an authority that is trusted here/,
  );
});
