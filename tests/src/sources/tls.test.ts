// TLS with a trust and an identity of the client's own: what is accepted, what is refused, and what the user is told.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { ClientOptions, TlsOptions } from "../../../mod.ts";
import { FetchError, FliptClient, ValidationError } from "../../../mod.ts";
import { httpsFetch } from "../../../src/sources/https_node.ts";
import type { Identity } from "../../support/certificates.ts";
import { certificates, missingOpenssl, TlsFront } from "../../support/certificates.ts";
import { FaultServer } from "../../support/fault_server.ts";
import { booleanDocument, shopDocument, testClient, withFlag } from "../../support/runtime.ts";
import type { ScriptedAnswer } from "../../support/server.ts";
import { FliptServer } from "../../support/server.ts";

const skip = missingOpenssl();
const isDeno = "Deno" in globalThis;

/** A Flipt server with the flags of the shop, behind TLS. */
class SecureServer {
  readonly flipt: FliptServer;
  readonly front: TlsFront;

  private constructor(flipt: FliptServer, front: TlsFront) {
    this.flipt = flipt;
    this.front = front;
  }

  static async start(
    { cert, key }: Identity = certificates().server,
    clients?: { readonly mustBeKnown: true },
  ): Promise<SecureServer> {
    const flipt = await FliptServer.start();
    flipt.setDocument("shop", shopDocument());
    const ca = certificates().authority.cert;
    const mutual = clients === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
    return new SecureServer(flipt, await TlsFront.start(flipt.url, { cert, key, ...mutual }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front.close();
    await this.flipt.close();
  }
}

function init(
  { front }: SecureServer,
  tls: TlsOptions | undefined,
  more: ClientOptions = {},
): Promise<FliptClient> {
  return FliptClient.init({
    url: front.url,
    namespace: "shop",
    updateInterval: 0,
    engine: "portable",
    tls,
    ...more,
  });
}

async function assertAnswers(client: FliptClient): Promise<void> {
  assert.equal(client.evaluateVariant("banner", "user-1").variantKey, "winter");
  assert.equal(await client.refresh(), false);
  client.close();
}

async function failure(promise: Promise<FliptClient>): Promise<Error> {
  const error = await promise.then((client) => client.close(), (reason: unknown) => reason);
  assert.ok(error instanceof Error, "expected init to reject");
  return error;
}

/** What the user is told where trying again does not help. */
async function advice(promise: Promise<FliptClient>): Promise<string> {
  const error = await failure(promise);
  assert.ok(error instanceof FetchError, String(error));
  assert.equal(error.retryable, false, error.message);
  assert.ok(error.cause instanceof Error);
  return error.message;
}

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
      /^could not reach https:\/\/localhost:\d+\/internal\/.*: the server's certificate comes from no authority that is trusted here: give the authority's certificate as the option tls: \{ caCertFile \} \(/,
    );
  }
  const { stranger } = certificates();
  assert.match(
    await advice(init(server, { caCertData: stranger.cert })),
    /comes from no authority in the option tls\.caCertData/,
  );
  assert.match(
    await advice(init(server, { caCertFile: stranger.certFile })),
    /comes from no authority in the option tls\.caCertFile/,
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
  assert.match(await advice(init(server, { insecureSkipHostnameVerify: true })), /comes from no authority/);
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
    /the server wants a client certificate: give the options tls: \{ clientCertFile, clientKeyFile \}/,
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
    /the server does not speak TLS there: check that the url option should start with https:\/\//,
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
      /^the private key in tls\.clientKeyData is not the one of the first certificate in tls\.clientCertData/,
    ],
    [
      { clientCertFile: client.certFile, clientKeyFile: server.keyFile },
      /^the private key in tls\.clientKeyFile \(.*server\.key\) is not the one of .* tls\.clientCertFile \(/,
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

test("what the option may not hold is told before anything is opened", async () => {
  const https = "https://localhost:1";
  const cases: readonly (readonly [unknown, string])[] = [
    [
      { tls: "ca.pem", url: https },
      'tls must be an object such as { caCertFile: "ca.pem" }, but is a string',
    ],
    [
      { tls: { caCertfile: "x" }, url: https },
      'tls has an unknown member "caCertfile"; did you mean "caCertFile"?',
    ],
    [{ tls: { caCertFile: 7 }, url: https }, "tls must have a string as its caCertFile, but has a number"],
    [{ tls: { caCertData: " " }, url: https }, "tls has an empty caCertData"],
    [
      { tls: { insecureSkipVerify: "yes" }, url: https },
      "tls must have a boolean as its insecureSkipVerify, but has a string",
    ],
    [
      { tls: { clientCertFile: "c.pem" }, url: https },
      "tls has a client certificate without its key: give clientKeyFile or clientKeyData",
    ],
    [
      { tls: { clientKeyData: "k" }, url: https },
      "tls has a client key without its certificate: give clientCertFile or clientCertData",
    ],
    [{ tls: {}, url: "http://localhost:1" }, "tls is of use only with a url that starts with https://"],
    [{ tls: {} }, "tls is of use only with a url that starts with https://"],
    [
      { tls: {}, url: https, fetcher: () => Promise.resolve(Response.error()) },
      "tls and fetcher cannot both be given: a fetcher makes connections of its own",
    ],
  ];
  for (const [options, problem] of cases) {
    const error = await failure(FliptClient.init(options as ClientOptions));
    assert.ok(error instanceof ValidationError, String(error));
    assert.deepEqual(error.message.split("\n").slice(1), [`- ${problem}`]);
  }
});

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
      assert.match(error.message, /^the private key in tls\.clientKeyFile .* is not the one of/);
      return true;
    });
    write(client);
    assert.equal(await ask(), 404);
  },
);

test("a change arrives, and 304 leaves the state as it is", { skip }, async () => {
  await using server = await SecureServer.start();
  const client = await init(server, { caCertData: certificates().authority.cert });
  assert.equal(await client.refresh(), false);
  server.flipt.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, false);
  assert.match(server.flipt.requests[1]?.headers["if-none-match"] ?? "", /^[0-9a-f]{40}$/);
  client.close();
});

test("a body that the server compressed is the document all the same", { skip }, async () => {
  await using server = await SecureServer.start();
  const caCertData = certificates().authority.cert;
  const document = JSON.stringify(shopDocument());
  const bodies = { gzip: gzipSync(document), br: brotliCompressSync(document), identity: document };
  for (const [encoding, body] of Object.entries(bodies)) {
    server.flipt.answerAlways({ headers: { "content-encoding": encoding }, body });
    await assertAnswers(await init(server, { caCertData }));
  }
  assert.equal(server.flipt.requests[0]?.headers["accept-encoding"], "gzip, br");
});

test(
  "no reply of a server ends the process, whatever it says of a body that is not there",
  { skip },
  async () => {
    const program = fileURLToPath(new URL("../../support/tls_replies_program.ts", import.meta.url));
    const child = spawn(process.execPath, [...(isDeno ? ["run", "-A", "--no-check"] : []), program]);
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => output += chunk);
    child.stderr.on("data", (chunk) => errors += chunk);
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0, errors);
    const replies: Record<string, string> = JSON.parse(output);
    for (const status of [204, 205, 304]) {
      for (const encoding of ["gzip", "br", "zstd"]) {
        assert.equal(
          replies[`${status} ${encoding}`],
          `${status} `,
        );
      }
    }
    // Of br, no bytes at all are an empty body to some.
    assert.equal(replies["empty gzip"], "broke off");
    for (const encoding of ["gzip", "br"]) assert.equal(replies[`damaged ${encoding}`], "broke off");
    for (const body of ["empty", "damaged"]) {
      assert.match(
        replies[`${body} zstd`] ?? "",
        /answered with the content encoding "zstd", which was not asked for/,
      );
    }
    assert.match(replies["v1-snap_unknown_ns.http"] ?? "", /^404 \{"code":5,/);
    assert.match(replies["v1git-snap_ref_unknown.http"] ?? "", /^500 \{"code":13,/);
    assert.match(replies["v2-snap_unknown_env.http"] ?? "", /^404 \{"code":5, /);
    assert.match(replies["v2-snap_unknown_ns.http"] ?? "", /^404 \{"code":5, /);
    assert.match(replies["v2-stream_bad_digest.http"] ?? "", /^400 \{"error":\{"code":3,/);
    assert.match(replies["v2auth-snap_noauth.http"] ?? "", /^401 \{"code":16, /);
    assert.equal(replies["polling"], "ready true");
    assert.equal(replies["streaming"], "ready true");
  },
);

test("a redirect within the origin is followed, one to elsewhere is an error", { skip }, async () => {
  await using server = await SecureServer.start();
  const caCertData = certificates().authority.cert;
  server.flipt.answerOnce({
    status: 302,
    headers: { location: "/internal/v1/evaluation/snapshot/namespace/shop" },
  });
  await assertAnswers(await init(server, { caCertData }));
  server.flipt.answerAlways({ status: 302, headers: { location: "https://example.com/" } });
  assert.match(await refusal(init(server, { caCertData })), /redirects to another origin/);
});

async function refusal(promise: Promise<FliptClient>): Promise<string> {
  const error = await failure(promise);
  assert.ok(error instanceof FetchError);
  return error.message;
}

/** A response of a server behind TLS, not through a client. */
async function respond(
  server: SecureServer,
  answer: ScriptedAnswer,
  signal: AbortSignal = new AbortController().signal,
): Promise<Response> {
  server.flipt.answerAlways(answer);
  const connection = await httpsFetch({ caCertData: certificates().authority.cert });
  return await connection(`${server.front.url}/x`, { headers: {}, redirect: "manual", signal });
}

test("a body that breaks off is an error, compressed or not", { skip }, async () => {
  await using server = await SecureServer.start();
  const body = gzipSync(Array.from({ length: 1000 }, (_, index) => index ** 3).join());
  const half = body.subarray(0, body.length / 2);
  const answers: readonly ScriptedAnswer[] = [
    { body: "half", destroy: "body" },
    { headers: { "content-length": "100" }, body: "half", destroy: "body" },
    { headers: { "content-encoding": "gzip" }, body: half },
    { headers: { "content-encoding": "gzip" }, body: half, destroy: "body" },
  ];
  for (const answer of answers) {
    const response = await respond(server, answer);
    assert.equal(response.status, 200);
    await assert.rejects(response.text(), JSON.stringify(answer.headers));
  }
});

test("a signal ends the waiting for the head, the reading of the body, and a request not yet sent", {
  skip,
}, async () => {
  await using server = await SecureServer.start();
  const reason = new Error("enough");
  const head = new AbortController();
  const pending = respond(server, { hang: "head" }, head.signal);
  await server.flipt.received(1);
  head.abort(reason);
  await assert.rejects(pending, reason);

  const body = new AbortController();
  const response = await respond(server, { body: "half", hang: "body" }, body.signal);
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "half");
  const next = reader?.read();
  body.abort(reason);
  await assert.rejects(next ?? Promise.resolve(), reason);

  await assert.rejects(respond(server, {}, AbortSignal.abort(reason)), reason);
  assert.equal(server.flipt.requests.length, 2);
  while (server.front.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("each part of a stream arrives as soon as the server has sent it", { skip }, async () => {
  await using server = await SecureServer.start();
  const response = await respond(server, { body: ["one"], hang: "body" });
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "one");
  await reader?.cancel();
  while (server.front.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("each part of a compressed stream arrives as soon as the server has flushed it", { skip }, async () => {
  await using server = await SecureServer.start();
  const part = gzipSync("one", { finishFlush: constants.Z_SYNC_FLUSH });
  const headers = { "content-encoding": "gzip" };
  const response = await respond(server, { headers, body: part, hang: "body" });
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "one");
  await reader?.cancel();
});

test(
  "a client that streams over TLS is told of changes, and its end ends the connection",
  { skip },
  async () => {
    const { authority, client: identity, server: { cert, key } } = certificates();
    await using server = await FaultServer.start(booleanDocument("shop", "a", false));
    const mutual = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    await using front = await TlsFront.start(server.url, { cert, key, ...mutual });
    const client = await FliptClient.init({
      url: front.url,
      namespace: "shop",
      fetchMode: "streaming",
      engine: "portable",
      tls: { caCertData: authority.cert, clientCertFile: identity.certFile, clientKeyFile: identity.keyFile },
    });
    assert.equal(client.evaluateBoolean("a", "e").enabled, false);
    await server.until(() => server.streams === 1);
    const updated = new Promise((resolve) => client.on("update", resolve));
    server.push(booleanDocument("shop", "a", true));
    await updated;
    assert.equal(client.evaluateBoolean("a", "e").enabled, true);
    await client[Symbol.asyncDispose]();
    while (front.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  },
);

test("a body that is read slowly is sent slowly", {
  skip: skip || (isDeno && "node:tls of Deno 2.9 reads ahead without limit"),
}, async () => {
  const size = 256 * 1024 * 1024;
  await using server = await SecureServer.start();
  const body = Array.from({ length: 256 }, () => new Uint8Array(size / 256));
  const response = await respond(server, { body, hang: "body" });
  const reader = response.body?.getReader();
  await reader?.read();
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const growth = process.memoryUsage().rss - before;
  assert.ok(growth < size / 4, `${growth} bytes more`);
  await reader?.cancel();
});

test("a client that is polling over TLS does not keep the process alive", { skip }, async () => {
  await using server = await SecureServer.start();
  const mod = new URL("../../../mod.ts", import.meta.url).href;
  const options = {
    url: server.front.url,
    namespace: "shop",
    engine: "portable",
    tls: { caCertFile: certificates().authority.certFile },
  };
  const code = `import { FliptClient } from ${JSON.stringify(mod)};
    FliptClient.init(${JSON.stringify(options)}).then((client) => console.log(client.listFlags().length));`;
  const child = spawn(process.execPath, evaluationArguments(code), {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => output += chunk);
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(status, 0);
  assert.equal(Number(output), shopDocument().flags.length);
});

/** What makes this runtime run a piece of code. */
function evaluationArguments(code: string): string[] {
  if (isDeno) return ["eval", "--no-check", "--ext=ts", code];
  return "Bun" in globalThis ? ["-e", code] : ["--input-type=module", "--eval", code];
}

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
    /comes from no authority that is trusted here/,
  );
});
