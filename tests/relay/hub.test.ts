// What a relay holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedDigest, type HeldDocument } from "../../relay/held_document.ts";
import { Hub } from "../../relay/hub.ts";

const encoder = new TextEncoder();

function held(
  value: unknown,
  digest: string,
  receivedAtMs: number = 1,
  namespace: string = "shop",
): HeldDocument {
  const document = encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
  return { environment: "default", namespace, document, digest, receivedAtMs };
}

const shop = { namespace: { key: "shop" }, flags: [] };
const [first, second] = ["1".repeat(40), "2".repeat(40)];

test("the hub holds a document by environment and namespace", () => {
  const hub = new Hub();
  assert.equal(hub.get("default", "shop"), undefined);
  hub.set(held(shop, first));
  assert.equal(hub.get("default", "shop")?.digest, first);
  assert.equal(hub.get("production", "shop"), undefined);
  assert.equal(hub.all().length, 1);
});

test("listeners are told of changes, and not of what only confirms the document", () => {
  const hub = new Hub();
  const told: string[] = [];
  const stop = hub.subscribe(({ digest }) => told.push(digest));
  hub.set(held(shop, first, 1));
  hub.set(held(shop, first, 5));
  hub.set(held(shop, first, 3));
  assert.equal(hub.get("default", "shop")?.receivedAtMs, 5);
  hub.set(held(shop, second, 6));
  stop();
  hub.set(held(shop, first, 7));
  assert.deepEqual(told, [first, second]);
});

test("listeners are told when a server confirms a document from a store", () => {
  const hub = new Hub();
  const told: number[] = [];
  hub.subscribe(({ receivedAtMs }) => told.push(receivedAtMs));
  for (const receivedAtMs of [0, 0, 7, 8]) hub.set(held(shop, first, receivedAtMs));
  assert.deepEqual(told, [0, 7]);
});

test("what is no document of its namespace does not take the place of a good one", () => {
  const hub = new Hub();
  hub.set(held(shop, first));
  const told: string[] = [];
  hub.subscribe(({ digest }) => told.push(digest));
  for (const bad of ["", "<html></html>", "null", "[]", {}, { namespace: { key: "shop" } }, { flags: [] }]) {
    assert.throws(() => hub.set(held(bad, second)), { name: "DocumentError" });
  }
  assert.throws(
    () => hub.set(held({ namespace: { key: "cart" }, flags: [] }, second)),
    /belongs to the namespace "cart"/,
  );
  assert.equal(hub.get("default", "shop")?.digest, first);
  assert.deepEqual(told, []);
});

test("a document is known by its own digest, or else by its bytes", () => {
  const own = encoder.encode(JSON.stringify({ ...shop, digest: first }));
  assert.equal(checkedDigest(own, "shop"), first);
  for (const digest of [undefined, 5, "short", "x".repeat(40)]) {
    const document = encoder.encode(JSON.stringify({ ...shop, digest }));
    assert.match(checkedDigest(document, "shop"), /^[0-9a-f]{40}$/);
    assert.notEqual(checkedDigest(document, "shop"), digest);
  }
});
