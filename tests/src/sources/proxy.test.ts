// Which variables of the environment send the client through a proxy, on the runtime that runs the test: the README's
// table says what is asserted here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ClientOptions } from "../../../mod.ts";
import { certificates, missingOpenssl, TlsFront } from "../../support/certificates.ts";
import { Proxy } from "../../support/proxy.ts";
import { shopDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const isDeno = "Deno" in globalThis;
const isBun = "Bun" in globalThis;
const isNode = !isDeno && !isBun;
const skip = missingOpenssl();

async function shopServer(): Promise<FliptServer> {
  const server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  return server;
}

/** What Node needs to look at the variables at all. */
const optIn: Record<string, string> = isNode ? { NODE_USE_ENV_PROXY: "1" } : {};

/** Starts a client in a process of its own, whose environment has no other word of proxies. */
async function startClient(options: ClientOptions, environment: Record<string, string>): Promise<void> {
  const mod = new URL("../../../mod.ts", import.meta.url).href;
  const all = JSON.stringify({ namespace: "shop", engine: "portable", updateInterval: 0, ...options });
  const code = `import { FliptClient } from ${JSON.stringify(mod)};
    FliptClient.init(${all}).then((client) => {
      console.log(client.listFlags().length);
      client.close();
      process.exit();
    });`;
  const inherited = Object.entries(process.env).filter(([name]) => !/proxy/i.test(name));
  const child = spawn(process.execPath, evaluationArguments(`import process from "node:process"; ${code}`), {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => output += chunk);
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(status, 0);
  assert.equal(Number(output), shopDocument().flags.length);
}

/** What makes this runtime run a piece of code. */
function evaluationArguments(code: string): string[] {
  if (isDeno) return ["eval", "--no-check", "--ext=ts", code];
  return isBun ? ["-e", code] : ["--input-type=module", "--eval", code];
}

test("HTTP_PROXY, in either case, is where a request to http:// goes", async () => {
  await using server = await shopServer();
  for (const name of ["HTTP_PROXY", "http_proxy"]) {
    await using proxy = await Proxy.start();
    await startClient({ url: server.url }, { [name]: proxy.url, ...optIn });
    assert.deepEqual(proxy.requests, [
      `GET ${server.url}/internal/v1/evaluation/snapshot/namespace/shop`,
    ], name);
  }
});

test("HTTPS_PROXY, in either case, is where a request to https:// goes, in a tunnel", { skip }, async () => {
  const { authority, server } = certificates();
  await using flipt = await shopServer();
  await using front = await TlsFront.start(flipt.url, { cert: server.cert, key: server.key });
  for (const name of ["HTTPS_PROXY", "https_proxy"]) {
    await using proxy = await Proxy.start();
    await startClient({ url: front.url }, {
      [name]: proxy.url,
      DENO_CERT: authority.certFile,
      NODE_EXTRA_CA_CERTS: authority.certFile,
      ...optIn,
    });
    assert.deepEqual(proxy.requests, [`CONNECT ${front.url.replace("https://", "")}`], name);
  }
});

test("hosts in NO_PROXY are asked directly", async () => {
  await using server = await shopServer();
  await using proxy = await Proxy.start();
  const environment = { HTTP_PROXY: proxy.url, NO_PROXY: "example.com,127.0.0.1", ...optIn };
  await startClient({ url: server.url }, environment);
  assert.deepEqual(proxy.requests, []);
});

test(
  "Node looks at none of them unless it is told to",
  { skip: !isNode && "others always look" },
  async () => {
    await using server = await shopServer();
    await using proxy = await Proxy.start();
    await startClient({ url: server.url }, { HTTP_PROXY: proxy.url });
    assert.deepEqual(proxy.requests, []);
  },
);

test("with the option tls, the server is asked directly", { skip }, async () => {
  const { authority, server } = certificates();
  await using flipt = await shopServer();
  await using front = await TlsFront.start(flipt.url, { cert: server.cert, key: server.key });
  await using proxy = await Proxy.start();
  const tls = { caCertFile: authority.certFile };
  await startClient({ url: front.url, tls }, { HTTPS_PROXY: proxy.url, ...optIn });
  assert.deepEqual(proxy.requests, []);
});
