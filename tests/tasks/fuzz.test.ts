// The fuzzer for TypeScript: whether it would find what it looks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_INPUT_BYTES, mutated, Random } from "../../tasks/fuzz/mutation.ts";
import { fuzzTarget, Times } from "../../tasks/fuzz/loop.ts";
import { TARGETS } from "../../tasks/fuzz/targets.ts";
import { readCorpus } from "../../tasks/fuzz/corpus.ts";

const isDeno = "Deno" in globalThis;
const onDeno = { skip: !isDeno && "deno task fuzz runs on Deno" };

test("the same seed gives the same inputs, none longer than the longest", () => {
  const inputs = (seed: number): string[] => {
    const random = new Random(seed);
    const bytes = new TextEncoder().encode('{"a":[1,2]}');
    return Array.from({ length: 500 }, () => {
      const input = mutated(bytes, bytes, ["{", "]"], random);
      assert.ok(input.length <= MAX_INPUT_BYTES);
      return input.join();
    });
  };
  assert.deepEqual(inputs(5), inputs(5));
  assert.notDeepEqual(inputs(5), inputs(6));
  assert.ok(new Set(inputs(5)).size > 450);
});

test("a fault behind three bytes is found, since each of them is new code", onDeno, async () => {
  const found = await fuzzTarget({
    name: "planted",
    seeds: () => ["x"],
    words: ["F", "U", "Z", "x"],
    load: async () => (await import("../support/planted_fault.ts")).planted,
  }, { seconds: 60, seed: 3, isGuide: (url) => url.endsWith("/planted_fault.ts") });
  assert.match(found.finding?.problem ?? "nothing", /the planted fault/);
  assert.match(found.finding?.input ?? "", /^FUZ/);
});

test("an input that takes 50 times the median of its length is suspicious, once there are enough", () => {
  const times = new Times();
  assert.ok(!times.isSuspicious(100, 10_000));
  for (let n = 0; n < 600; n++) assert.ok(!times.isSuspicious(100 + n % 20, 2 + n % 3));
  assert.ok(times.isSuspicious(100, 200));
  assert.ok(!times.isSuspicious(100, 100));
  assert.ok(!times.isSuspicious(5_000, 200), "none of that length was seen");
});

test("every target takes its seeds and its corpus without a finding", onDeno, async () => {
  for (const target of TARGETS) {
    const run = await target.load();
    const encoder = new TextEncoder();
    for (const each of [...target.seeds(), ...readCorpus(target.name)]) {
      await run(typeof each === "string" ? encoder.encode(each) : each);
    }
  }
});
