// A relay between a Flipt server and its clients.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { type Relay, type RelayEvent, runRelay } from "../../relay/mod.ts";
import { FliptClient } from "../../src/client.ts";
import { booleanDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-relay-"));
after(() => rmSync(folder, { recursive: true }));

const on = booleanDocument("shop", "dark-mode", true);
const off = booleanDocument("shop", "dark-mode", false);
const listen = "127.0.0.1:0";

function snapshotOf(
  relay: Relay,
  headers: Record<string, string> = {},
  namespace: string = "shop",
): Promise<Response> {
  return fetch(`${relay.url}/internal/v1/evaluation/snapshot/namespace/${namespace}`, { headers });
}

/** Settles when a condition holds, which is looked at again and again. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Settles with the next event that matches. */
function next(
  client: FliptClient,
  event: "update" | "status" | "error",
): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      stop();
      resolve(value);
    });
  });
}

test("a relay answers polling and streaming clients from one stream of the server", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen });
  assert.ok((await relay.ready()).ok);
  const options = { url: relay.url, namespace: "shop" };
  await using polling = await FliptClient.init(options);
  const streaming = await Promise.all(
    Array.from({ length: 5 }, () => FliptClient.init({ ...options, fetchMode: "streaming" })),
  );
  assert.ok([polling, ...streaming].every((client) => client.isEnabled("dark-mode", "user-1")));
  // The relay's stream is open when the server has it.
  await until(() => flipt.streams > 0);
  const asked = flipt.requests.length;
  const updates = streaming.map((client) => next(client, "update"));
  flipt.push("shop", off);
  await Promise.all(updates);
  await polling.refresh();
  assert.ok([polling, ...streaming].every((client) => !client.isEnabled("dark-mode", "user-1")));
  assert.equal(flipt.requests.length, asked);
  assert.equal(flipt.streams, 1);
  for (const client of streaming) await client[Symbol.asyncDispose]();
});

test("a snapshot has an ETag, is not sent twice, and is compressed for those who take it so", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen });
  await relay.ready();
  const direct = await fetch(`${flipt.url}/internal/v1/evaluation/snapshot/namespace/shop`);
  const first = await snapshotOf(relay, { "accept-encoding": "identity" });
  const etag = first.headers.get("etag") ?? "";
  assert.equal(etag, direct.headers.get("etag"));
  assert.equal(await first.text(), await direct.text());
  assert.equal(first.headers.get("content-encoding"), null);
  assert.equal((await snapshotOf(relay, { "if-none-match": etag })).status, 304);
  const compressed = await snapshotOf(relay, { "accept-encoding": "gzip" });
  assert.equal((await compressed.json()).flags[0].enabled, true);
});

test("a relay of a v1 server polls it, and its clients stream all the same", async () => {
  await using flipt = await FliptServer.start({ version: 1, documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen });
  await relay.ready();
  await until(() => relay.status.namespaces[0]?.mode === "polling");
  await using client = await FliptClient.init({ url: relay.url, namespace: "shop", fetchMode: "streaming" });
  assert.match(client.status.digest ?? "", /^[0-9a-f]{40}$/);
  const updated = next(client, "update");
  flipt.setDocument("shop", off);
  await relay.refresh();
  await updated;
  assert.equal(client.isEnabled("dark-mode", "user-1"), false);
});

test("what is no document never takes the place of a good one", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const events: RelayEvent[] = [];
  await using relay = await runRelay({
    url: flipt.url,
    namespaces: ["shop"],
    listen,
    fetchMode: "polling",
    onEvent: (event) => events.push(event),
  });
  await relay.ready();
  const etag = (await snapshotOf(relay)).headers.get("etag");
  const empty = JSON.stringify({ namespace: { key: "" }, flags: [] });
  for (
    const answer of [
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>sign in</html>" },
      { status: 200, body: "" },
      { status: 200, body: "{}" },
      { status: 200, body: empty },
      { status: 404, body: "{}" },
      { status: 401, body: "{}" },
    ]
  ) {
    flipt.answerOnce(answer);
    await relay.refresh();
    assert.equal((await snapshotOf(relay)).headers.get("etag"), etag);
  }
  assert.equal(relay.status.namespaces[0]?.errors, 6);
  assert.ok(relay.status.ok);
  assert.match(relay.status.namespaces[0]?.lastError ?? "", /401/);
  assert.equal(events.filter(({ type }) => type === "error").length, 6);
  assert.equal(events.filter(({ type }) => type === "update").length, 1);
  flipt.removeDocument("shop");
  await relay.refresh();
  assert.equal((await snapshotOf(relay)).status, 200);
});

test("a namespace that the server does not have is unknown at the relay, and the others are served", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop", "none"], listen });
  assert.equal((await relay.ready()).ok, false);
  assert.equal((await snapshotOf(relay)).status, 200);
  const none = await snapshotOf(relay, {}, "none");
  assert.deepEqual([none.status, (await none.json()).code], [404, 5]);
  assert.equal((await snapshotOf(relay, {}, "other")).status, 404);
  assert.equal((await snapshotOf(relay, { "x-flipt-environment": "other" })).status, 404);
  const stream = await fetch(`${relay.url}/client/v2/environments/default/namespaces/other/stream`);
  assert.equal(stream.status, 404);
  assert.equal((await stream.json()).error.code, 5);
  assert.equal((await fetch(`${relay.url}/api/v1/anything`)).status, 404);
});

test("a relay starts from its store while the server is down, and takes the server's document later", async () => {
  const store = join(folder, "store");
  {
    await using flipt = await FliptServer.start({ documents: { shop: on } });
    await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], store });
    await relay.ready();
  }
  await using flipt = await FliptServer.start({ documents: { shop: off } });
  flipt.answerAlways({ status: 503 });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen, store });
  await relay.ready();
  const enabled = async (): Promise<boolean> => (await (await snapshotOf(relay)).json()).flags[0].enabled;
  assert.equal(await enabled(), true);
  assert.equal(relay.status.namespaces[0]?.ageSeconds, undefined);
  flipt.answerAlways(undefined);
  await relay.refresh();
  assert.equal(await enabled(), false);
});

test("with maxStaleness, what no server has confirmed is not passed on, and streams end", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({
    url: flipt.url,
    namespaces: ["shop"],
    listen,
    fetchMode: "polling",
    updateInterval: 3600,
    maxStaleness: 0.5,
  });
  await relay.ready();
  const path = "/client/v2/environments/default/namespaces/shop/stream";
  let stream: Response;
  do {
    await relay.refresh();
    stream = await fetch(relay.url + path, { headers: { "accept-encoding": "identity" } });
  } while (stream.status === 503);
  // Ends when the document is stale, since nothing confirms it.
  assert.match(await stream.text(), /^\{"result":.*\}\n$/);
  const answer = await snapshotOf(relay);
  assert.equal(answer.status, 503);
  assert.match((await answer.json()).message, /maxStaleness/);
  assert.equal(relay.status.ok, false);
  await relay.refresh();
  assert.equal((await snapshotOf(relay)).status, 200);
});

test("clients need a token of the file, which is read again when it changes", async () => {
  const clientTokenFile = join(folder, "tokens");
  writeFileSync(clientTokenFile, "# of the shop\nfirst\n\nsecond\n");
  await using flipt = await FliptServer.start({
    documents: { shop: on },
    authorizations: ["Bearer of-the-relay"],
  });
  const authentication = { clientToken: "of-the-relay" };
  await using relay = await runRelay({
    url: flipt.url,
    namespaces: ["shop"],
    listen,
    clientTokenFile,
    authentication,
  });
  await relay.ready();
  const statuses = async (): Promise<number[]> => {
    const asked = ["first", "second", "third", "of-the-relay"].map((token) =>
      snapshotOf(relay, { authorization: `Bearer ${token}` })
    );
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  assert.deepEqual(await statuses(), [200, 200, 401, 401]);
  assert.equal((await snapshotOf(relay)).status, 401);
  assert.equal((await snapshotOf(relay, { authorization: "JWT first" })).status, 401);
  const stream = await fetch(`${relay.url}/client/v2/environments/default/namespaces/shop/stream`);
  assert.deepEqual([stream.status, (await stream.json()).error.code], [401, 16]);
  writeFileSync(clientTokenFile, "third\n");
  await until(async () => (await statuses())[2] === 200);
  assert.deepEqual(await statuses(), [401, 401, 200, 401]);
  assert.doesNotMatch(relay.metrics() + JSON.stringify(relay.status), /third|of-the-relay/);
});

test("probes and Prometheus are told how the relay is doing", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen, health: listen });
  await relay.ready();
  await snapshotOf(relay);
  const health = await fetch(`${relay.healthUrl}/healthz`);
  const body = await health.json();
  assert.deepEqual([health.status, body.ok, body.role], [200, true, "none"]);
  assert.equal(body.namespaces[0].namespace, "shop");
  assert.equal(body.namespaces[0].changes, 1);
  const metrics = await (await fetch(`${relay.healthUrl}/metrics`)).text();
  const { digest } = body.namespaces[0];
  for (
    const line of [
      "flipt_relay_ok 1",
      `flipt_relay_document_info{environment="default",namespace="shop",digest="${digest}"} 1`,
      'flipt_relay_changes_total{environment="default",namespace="shop"} 1',
      'flipt_relay_client_snapshots_total{code="200"} 1',
    ]
  ) assert.ok(metrics.split("\n").includes(line), `${line} is missing in\n${metrics}`);
  assert.match(metrics, /flipt_relay_document_age_seconds\{environment="default",namespace="shop"\} 0\.\d/);
  assert.equal((await fetch(`${relay.url}/healthz`)).status, 404);
  assert.equal(
    (await fetch(`${relay.healthUrl}/internal/v1/evaluation/snapshot/namespace/shop`)).status,
    404,
  );
  flipt.answerAlways({ status: 500 });
});

test("a relay that closes ends its streams, and clients go on answering", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen });
  await relay.ready();
  const path = "/client/v2/environments/default/namespaces/shop/stream";
  const stream = await fetch(relay.url + path, { headers: { "accept-encoding": "identity" } });
  await using client = await FliptClient.init({
    url: relay.url,
    namespace: "shop",
    fetchMode: "streaming",
    logLevel: "off",
  });
  const text = stream.text();
  await relay.close();
  assert.match(await text, /^\{"result":.*\}\n$/);
  assert.ok(client.isEnabled("dark-mode", "user-1"));
  assert.equal(relay.status.namespaces[0]?.state, "ready");
});

test("options that are not usable are all named", async () => {
  const options = {
    namespaces: [],
    listen: "8080",
    health: "nowhere",
    clientTokenFile: 5,
    store: 7,
    names: 1,
  };
  await assert.rejects(runRelay(options as never), (error: Error) => {
    for (const name of ["namespaces", "listen", "health", "clientTokenFile", "store", "names"]) {
      assert.ok(error.message.includes(name), `${name} is missing in ${error.message}`);
    }
    return error.name === "ValidationError";
  });
  await assert.rejects(runRelay({ namespaces: ["shop"], url: "nowhere" }), /url must be a URL/);
  await assert.rejects(runRelay({ namespaces: ["shop", "shop"] }), /twice/);
  await assert.rejects(
    runRelay({ namespaces: ["shop"], redis: { client: {}, leaseSecond: 2 } as never }),
    /unknown option "redis\.leaseSecond"; did you mean "leaseSeconds"\?/,
  );
  await assert.rejects(
    runRelay({ namespaces: ["shop"], listen, clientTokenFile: join(folder, "missing") }),
    /file of client tokens .*missing cannot be read/,
  );
});

test("a folder of the store is created with those above it, and one that cannot be is an error", async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const store = join(folder, "new", "folder");
  for (let i = 0; i < 2; i++) {
    await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen, store });
    await relay.ready();
  }
  // A file is in the way; and where there is /proc, it says that a folder in it is not found.
  writeFileSync(join(folder, "file"), "");
  for (const wrong of [join(folder, "file"), join(folder, "file", "folder"), "/proc/flipt/folder"]) {
    if (wrong.startsWith("/proc") && process.platform !== "linux") continue;
    await assert.rejects(
      runRelay({ url: flipt.url, namespaces: ["shop"], listen, store: wrong }),
      { name: "FliptError", message: `the folder ${wrong} of the store cannot be made` },
    );
  }
});
