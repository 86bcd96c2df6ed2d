// Which flags differ between two states, as each engine tells it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseEngine } from "../../../engines/choice.ts";
import { EmptyState } from "../../../src/state/unavailable_states.ts";
import { compileText } from "../../support/compare.ts";
import { testedEngines } from "../../support/engines.ts";
import { booleanDocument, shopDocument, withFlag } from "../../support/runtime.ts";
import type { DocumentJson } from "../../support/server.ts";

const shop = shopDocument();

/** The shop with something changed deep inside its first flag, by a word in its text. */
function changed(from: string, to: string): DocumentJson {
  const [first, ...rest] = shop.flags;
  const text = JSON.stringify(first);
  assert.ok(text.includes(from), from);
  return { ...shop, flags: [JSON.parse(text.replace(from, to)), ...rest] };
}

const cases: readonly [name: string, document: DocumentJson, keys: readonly string[]][] = [
  ["nothing", shop, []],
  ["a value", withFlag(shop, "dark-mode", { enabled: false }), ["dark-mode"]],
  ["a description", withFlag(shop, "banner", { description: "another" }), ["banner"]],
  ["a default variant", withFlag(shop, "banner", { defaultVariant: null }), ["banner"]],
  ["the value of a constraint", changed("@shop.example", "@shop.test"), ["checkout-flow"]],
  ["a match type", changed("ANY_SEGMENT_MATCH_TYPE", "ALL_SEGMENT_MATCH_TYPE"), ["checkout-flow"]],
  ["ids of rules", changed('"rules":[{"id":"', '"rules":[{"id":"new-'), []],
  ["times and names", withFlag(shop, "dark-mode", { updatedAt: "2031-01-01T00:00:00Z", name: "Dark" }), []],
  ["a flag more", { ...shop, flags: [...shop.flags, { key: "x", name: "", enabled: true }] }, ["x"]],
  ["a flag less", { ...shop, flags: shop.flags.filter(({ key }) => key !== "banner") }, ["banner"]],
  ["the order of flags", { ...shop, flags: shop.flags.toReversed() }, []],
];

for (const { kind, options, skip } of await testedEngines()) {
  test(`the flags that changed are told by the engine ${kind}`, { skip }, async () => {
    const engine = await chooseEngine({ engine: kind, libraryPath: options.libraryPath });
    const before = await compileText(engine, JSON.stringify(shop), "shop");
    for (const [name, document, keys] of cases) {
      const after = await compileText(engine, JSON.stringify(document), "shop");
      assert.deepEqual(after.changedFlags(before), keys, name);
      assert.deepEqual(before.changedFlags(after), keys, `${name}, the other way round`);
      after.release();
    }
    const all = shop.flags.map(({ key }) => key).sort();
    assert.deepEqual(before.changedFlags(new EmptyState("shop")).sort(), all);
    const other = await compileText(engine, JSON.stringify(booleanDocument("other", "a", true)), "shop");
    assert.deepEqual(other.changedFlags(before).sort(), all, "a document of another namespace");
    other.release();
    before.release();
  });

  test(`a snapshot of a document is the same flags on ${kind}`, { skip }, async () => {
    const engine = await chooseEngine({ engine: kind, libraryPath: options.libraryPath });
    const state = await compileText(engine, JSON.stringify(shop), "shop");
    const compilation = engine.compile("snapshot", "shop");
    compilation.write(new TextEncoder().encode(state.snapshot()));
    const restored = await compilation.finish();
    assert.deepEqual(state.changedFlags(restored), []);
    state.release();
    restored.release();
  });
}
