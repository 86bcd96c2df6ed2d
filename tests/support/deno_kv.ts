// The Deno KV store on the real thing. Run by tests/store/deno_kv.test.ts in a Deno with --unstable-kv; prints what it
// found.

/// <reference lib="deno.unstable" />

import { denoKvStore } from "../../store/deno_kv.ts";

const sizes = [0, 1, 60_000, 60_001, 720_001, 5_000_000];

Deno.openKv(":memory:").then(async (kv) => {
  const store = denoKvStore(kv, ["flipt", "shop"]);
  const results: Record<string, unknown> = { before: await store.load() === undefined };
  for (const size of sizes) {
    const snapshot = Array.from({ length: size }, (_, index) => index % 10).join("");
    await store.save(snapshot);
    results[size] = await store.load() === snapshot;
  }
  await store.save("small");
  // Two at once, and a reader all the while, see whole snapshots only.
  const long = ["a", "b"].map((letter) => letter.repeat(300_000));
  const seen = new Set<string | undefined>();
  let writing = 2;
  const writers = long.map(async (snapshot) => {
    for (let round = 0; round < 10; round++) await store.save(snapshot);
    writing--;
  });
  while (writing > 0) seen.add(await store.load());
  await Promise.all(writers);
  results["torn"] = [...seen].filter((text) => text !== "small" && !long.includes(text ?? "")).length;
  let left = 0;
  for await (const _ of kv.list({ start: ["flipt"], end: ["flipu"] })) left++;
  // The head and the six chunks of the last snapshot.
  results["left"] = left;
  kv.close();
  console.log(JSON.stringify(results));
});
