// A program of a user who gives the option `tls`, against what real servers send there. A process of its own: an error
// that nobody listens to ends it, which a test runner would not let happen.

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { FetchError, FliptClient } from "../../mod.ts";
import { httpsFetch } from "../../src/sources/https_node.ts";
import { certificates, TlsFront } from "./certificates.ts";
import { FaultServer } from "./fault_server.ts";
import { booleanDocument } from "./runtime.ts";

const { authority, server: { cert, key } } = certificates();
const tls = { caCertData: authority.cert };
const server = await FaultServer.start(booleanDocument("shop", "a", true));
const front = await TlsFront.start(server.url, { cert, key });
const connection = await httpsFetch(tls);

async function ask(): Promise<string> {
  const { signal } = new AbortController();
  const init = { headers: {}, redirect: "manual", signal } as const;
  try {
    const response = await connection(`${front.url}/internal/v1/evaluation/snapshot/namespace/shop`, init);
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return error instanceof FetchError ? error.message : "broke off";
  }
}

/** Lets the errors come that a response leaves behind. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

const replies: Record<string, string> = {};
for (const status of [204, 205, 304]) {
  for (const encoding of ["gzip", "br", "zstd"]) {
    const head = `HTTP/1.1 ${status} Whatever\r\nContent-Encoding: ${encoding}\r\n`;
    server.onSnapshot = ({ socket }) => void socket.end(`${head}Content-Length: 0\r\n\r\n`);
    replies[`${status} ${encoding}`] = await ask();
    await settle();
  }
}
for (const encoding of ["gzip", "br", "zstd"]) {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n`;
  server.onSnapshot = ({ socket }) => void socket.end(`${head}Content-Length: 0\r\n\r\n`);
  replies[`empty ${encoding}`] = await ask();
  server.onSnapshot = ({ socket }) => void socket.end(`${head}Content-Length: 9\r\n\r\nnot that.`);
  replies[`damaged ${encoding}`] = await ask();
  await settle();
}
const folder = new URL("../fixtures/server-errors/", import.meta.url);
for (const file of readdirSync(folder)) {
  const raw = readFileSync(new URL(file, folder));
  server.onSnapshot = ({ socket }) => void socket.end(raw);
  replies[file] = await ask();
}

// A client that polls, and one whose stream is watched over by polling: both meet the 304 again and again.
server.onSnapshot = undefined;
for (const fetchMode of ["polling", "streaming"] as const) {
  const seen = server.counts[0];
  const client = await FliptClient.init({
    url: front.url,
    namespace: "shop",
    engine: "portable",
    fetchMode,
    updateInterval: 0.05,
    tls,
  });
  await server.until(() => server.counts[0] > seen + 4);
  await client.refresh();
  replies[fetchMode] = `${client.status.state} ${client.evaluateBoolean("a", "e").enabled}`;
  client.close();
}
await settle();
console.log(JSON.stringify(replies));
process.exit(0);
