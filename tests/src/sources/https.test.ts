// What goes through a connection with TLS of the client's own: documents, streams, redirects and ends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { FetchError, FliptClient } from "../../../mod.ts";
import { httpsFetch } from "../../../src/sources/https_node.ts";
import { certificates, missingOpenssl, TlsFront } from "../../support/certificates.ts";
import { FaultServer } from "../../support/fault_server.ts";
import { booleanDocument, shopDocument, withFlag } from "../../support/runtime.ts";
import { assertAnswers, failure, init, SecureServer } from "../../support/secure_server.ts";
import type { ScriptedAnswer } from "../../support/server.ts";

const skip = missingOpenssl();
const isDeno = "Deno" in globalThis;

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
        /answered with the content encoding "zstd", which was not requested/,
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
  skip,
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
