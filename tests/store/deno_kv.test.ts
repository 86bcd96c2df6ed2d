// Snapshots in Deno KV: in the real one where there is one, and in one that does what a test wants it to.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { denoKvStore } from "../../store/deno_kv.ts";
import { MemoryKv } from "../support/memory_kv.ts";
import { assertKeeps, offline } from "../support/stores.ts";
import { warnings } from "../support/warnings.ts";

const isDeno = "Deno" in globalThis;

test(
  "Deno KV keeps snapshots of any size, and gives no half of one",
  { skip: !isDeno && "Deno's own" },
  async () => {
    const child = spawn(
      process.execPath,
      [
        "run",
        "-A",
        "--no-check",
        "--unstable-kv",
        fileURLToPath(new URL("../support/deno_kv.ts", import.meta.url)),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => output += chunk);
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
    assert.deepEqual(JSON.parse(output), {
      before: true,
      0: true,
      1: true,
      60000: true,
      60001: true,
      720001: true,
      5000000: true,
      torn: 0,
      left: 6,
    });
  },
);

test("a key of Deno KV keeps what a client saves, and nothing of what was before", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt", "shop"]);
  await assertKeeps(store);
  await store.save("x".repeat(130_000));
  assert.equal(kv.size, 1 + 3);
  assert.equal(store.name, "the Deno KV key [flipt, shop]");
});

test("a reader in whose midst the snapshot is replaced gives the new one", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("a".repeat(200_000));
  let isReplaced = false;
  kv.beforeGet = async (key) => {
    if (isReplaced || key[1] !== "chunk") return;
    isReplaced = true;
    await store.save("b".repeat(200_000));
  };
  assert.equal(await store.load(), "b".repeat(200_000));
  assert.equal(isReplaced, true);
});

test("a writer that dies half-way changes nothing, and what it left is deleted when it is old", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("good");
  const now = Date.now;
  try {
    Date.now = () => now() - 7_200_000;
    let commits = 0;
    kv.beforeCommit = () => {
      if (++commits === 2) throw new Error("the process died");
    };
    await assert.rejects(store.save("x".repeat(1_000_000)), /the process died/);
  } finally {
    Date.now = now;
  }
  kv.beforeCommit = () => {};
  assert.equal(await store.load(), "good");
  assert.equal(kv.size, 2 + 12);
  await store.save("better");
  assert.equal(await store.load(), "better");
  assert.equal(kv.size, 2);
});

test("of two writers at once, one wins, and the other's parts are gone", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("old");
  let isOther = true;
  kv.beforeGet = async () => {
    if (!isOther) return;
    isOther = false;
    await store.save("other".repeat(50_000));
  };
  await store.save("one".repeat(50_000));
  assert.equal(await store.load(), "one".repeat(50_000));
  assert.equal(kv.size, 1 + 3);
});

test("a key of Deno KV with something else in it is reported and ignored", async () => {
  const kv = new MemoryKv();
  await kv.atomic().set(["flipt"], "something else").commit();
  const printed = await warnings(async () => (await offline(denoKvStore(kv, ["flipt"]))).close());
  assert.equal(
    (printed[0]?.[1] as Error).message,
    "the Deno KV key [flipt] could not be read: its value was not written by this store",
  );
});
