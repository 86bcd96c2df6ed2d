// The end of a client: what it says then, and that nothing of it is left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError } from "../../mod.ts";
import { StateHolder } from "../../src/state/state_holder.ts";
import { booleanDocument, CountingEngine, shopDocument } from "../support/runtime.ts";
import { shop } from "../support/shop_client.ts";

test("after close, everything says that the client is closed, and its memory is given back", async () => {
  const { client, engine } = await shop();
  client.close();
  client.close();
  assert.equal(engine.alive, 0);
  const closed = { name: "EvaluationError", message: /^the client is closed; make a new one/ };
  assert.throws(() => client.evaluateVariant("banner", "e"), closed);
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), closed);
  assert.throws(() => client.evaluateBatch([{ flagKey: "banner", entityId: "e" }]), closed);
  assert.throws(() => client.listFlags(), closed);
  assert.throws(() => client.getSnapshot(), closed);
  await assert.rejects(client.refresh(), closed);
  assert.equal(client.engine.kind, "portable");
});

test("a state that is compiled while the client closes is released", async () => {
  const documents = [booleanDocument("shop", "a", true), booleanDocument("shop", "b", true)];
  const { client, engine } = await shop({ fetcher: () => Promise.resolve(Response.json(documents.shift())) });
  let open: (() => void) | undefined;
  engine.gate = new Promise((resolve) => open = resolve);
  const pending = client.refresh();
  while (engine.open === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  client.close();
  open?.();
  await assert.rejects(pending, EvaluationError);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([engine.alive, engine.open], [0, 0]);
});

test("a state that arrives after close is released and answers nothing", async () => {
  const engine = new CountingEngine();
  const compilation = engine.compile("document", "shop");
  compilation.write(new TextEncoder().encode(JSON.stringify(shopDocument())));
  const holder = new StateHolder({ namespace: "shop", errorStrategy: "fail", source: undefined });
  holder.close();
  holder.replace(await compilation.finish(), undefined);
  assert.deepEqual([engine.compiled, engine.alive], [1, 0]);
  holder.confirm();
  assert.throws(() => holder.answering.listFlags(), /the client is closed/);
});

test("using and await using close the client", async () => {
  const { client, engine } = await shop();
  {
    using held = client;
    assert.equal(held.listFlags().length, 8);
  }
  assert.equal(engine.alive, 0);
  const second = await shop();
  {
    await using held = second.client;
    held.refresh().catch(() => {});
  }
  assert.deepEqual([second.engine.alive, second.engine.open, second.clock.timers.length], [0, 0, 0]);
});
