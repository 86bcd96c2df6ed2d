// A client whose flags are in a file that another process replaces.

import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { snapshotSource } from "../../file/mod.ts";
import { runRelay } from "../../relay/mod.ts";
import { FliptClient } from "../../src/client.ts";
import { fileStore } from "../../store/file.ts";
import { booleanDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-snapshot-"));
// A client that waits for a change does not keep its process alive.
const alive = setInterval(() => {}, 60_000);
after(() => {
  clearInterval(alive);
  rmSync(folder, { recursive: true });
});

const on = booleanDocument("shop", "dark-mode", true);
const off = booleanDocument("shop", "dark-mode", false);
const options = { namespace: "shop", logLevel: "off" } as const;

/** Replaces a file in one step. */
function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

test("a client follows the file that another client stores", async () => {
  const path = join(folder, "client.snapshot");
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const writer = await FliptClient.init({ ...options, url: flipt.url, store: fileStore(path) });
  await writer[Symbol.asyncDispose]();
  await using reader = await FliptClient.init({ ...options, source: snapshotSource(path, { watch: true }) });
  assert.equal(reader.isEnabled("dark-mode", "user-1"), true);
  const updated = new Promise((resolve) => reader.on("update", resolve));
  flipt.setDocument("shop", off);
  const next = await FliptClient.init({ ...options, url: flipt.url, store: fileStore(path) });
  await updated;
  assert.equal(reader.isEnabled("dark-mode", "user-1"), false);
  assert.equal(await reader.refresh(), false);
  await next[Symbol.asyncDispose]();
});

test("the store of a relay is a file that clients can follow", async () => {
  const store = join(folder, "relay");
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const relay = await runRelay({ url: flipt.url, namespaces: ["shop"], store });
  await relay.ready();
  await relay.close();
  const source = snapshotSource(join(store, "default.shop.document"));
  await using client = await FliptClient.init({ ...options, source });
  assert.equal(client.isEnabled("dark-mode", "user-1"), true);
  assert.match(client.status.digest ?? "", /^[0-9a-f]{40}$/);
});

test("a file that is damaged, missing or of another namespace takes no flags away", async () => {
  const path = join(folder, "damaged.json");
  replace(path, JSON.stringify(on));
  await using client = await FliptClient.init({ ...options, source: snapshotSource(path) });
  const wrong = [
    ["", /neither a snapshot nor a document/],
    ["<html>", /neither a snapshot nor a document/],
    ["{}", /not to "shop"/],
    [JSON.stringify({ ...on, namespace: { key: "cart" } }), /to the namespace "cart"/],
    [btoa(JSON.stringify({ ...on, namespace: { key: "cart" } })), /to the namespace "cart"/],
    [btoa(JSON.stringify({ version: 1, namespace: { key: "cart" } })), /namespace|member|snapshot/],
    [JSON.stringify(on).slice(0, -9), /neither a snapshot nor a document/],
  ] as const;
  for (const [content, message] of wrong) {
    replace(path, content);
    await assert.rejects(client.refresh(), message, content);
    assert.equal(client.isEnabled("dark-mode", "user-1"), true);
  }
  rmSync(path);
  await assert.rejects(client.refresh(), /there is no file .*damaged\.json yet/);
  replace(path, JSON.stringify(off));
  assert.equal(await client.refresh(), true);
  assert.throws(() => snapshotSource(""), { name: "ValidationError" });
});

test("a client that is there before the file has its flags as soon as it is", async () => {
  const path = join(folder, "later.json");
  await using client = FliptClient.create({ ...options, source: snapshotSource(path, { watch: true }) });
  await client.ready();
  assert.equal(client.isEnabled("dark-mode", "user-1"), false);
  const updated = new Promise((resolve) => client.on("update", resolve));
  replace(path, JSON.stringify(on));
  await updated;
  assert.equal(client.isEnabled("dark-mode", "user-1"), true);
});
