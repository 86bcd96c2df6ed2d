// A client's flags in the Workers of its process: share() here, attach() there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  EngineError,
  EvaluationError,
  FliptClient,
  type SharedHandle,
  ValidationError,
} from "../../../mod.ts";
import { testedEngines } from "../../support/engines.ts";

/** A fetcher of documents whose flag has the default variant that was named last. */
function documents(first: string): { fetcher: () => Promise<Response>; serve(variantKey: string): void } {
  let served = first;
  const flag = () => ({ key: "flag", name: "", enabled: true, defaultVariant: { id: "1", key: served } });
  return {
    fetcher: () => Promise.resolve(Response.json({ namespace: { key: "default" }, flags: [flag()] })),
    serve: (variantKey) => void (served = variantKey),
  };
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function ask(worker: Worker): Promise<unknown> {
  const answer = message(worker);
  worker.postMessage("answer");
  return await answer;
}

/** Asks until the answer is the one that is waited for. */
async function answerBecomes(worker: Worker, expected: string | RegExp): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const answer = String(await ask(worker));
    if (typeof expected === "string" ? answer === expected : expected.test(answer)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`the Worker never answered ${expected}`);
}

for (const { kind, options, skip } of await testedEngines()) {
  test(
    `a Worker evaluates the flags of a client on ${kind}, follows its changes and its end`,
    { skip },
    async () => {
      const { fetcher, serve } = documents("first");
      const client = await FliptClient.init({ ...options, fetcher, updateInterval: 0 });
      const workerData = structuredClone(client.share());
      assert.deepEqual(client.share(), workerData);
      const worker = new Worker(new URL("../../support/attached_worker.ts", import.meta.url), { workerData });
      assert.equal(await message(worker), kind === "native" ? "native" : "portable");
      assert.equal(await ask(worker), "first");

      serve("second");
      assert.equal(await client.refresh(), true);
      // One state for all threads is seen at once; a copy is on its way.
      if (kind === "native") assert.equal(await ask(worker), "second");
      else await answerBecomes(worker, "second");

      client.close();
      await answerBecomes(worker, /^EvaluationError: .*closed/);
      await worker.terminate();
      assert.throws(() => client.share(), EvaluationError);
    },
  );

  test(`an attached client on ${kind} lists, batches and exports what the other has, until it is closed`, {
    skip,
  }, async () => {
    using client = await FliptClient.init({
      ...options,
      fetcher: documents("first").fetcher,
      updateInterval: 0,
    });
    const attached = await FliptClient.attach(client.share());
    assert.deepEqual(attached.listFlags(), client.listFlags());
    const [entry] = attached.evaluateBatch([{ flagKey: "flag", entityId: "e" }]).responses;
    assert.equal(entry?.type, "VARIANT_EVALUATION_RESPONSE_TYPE");
    const again = await FliptClient.init({
      fetcher: () => Promise.resolve(new Response("", { status: 404 })),
      errorStrategy: "fallback",
      snapshot: attached.getSnapshot(),
      engine: "portable",
      updateInterval: 0,
    });
    assert.equal(again.evaluateVariant("flag", "e").variantKey, "first");
    again.close();
    attached.close();
    attached.close();
    assert.throws(() => attached.evaluateVariant("flag", "e"), /closed/);
    assert.equal(client.evaluateVariant("flag", "e").variantKey, "first");
  });
}

test("an attached client that copies says so", async () => {
  using client = await FliptClient.init({
    engine: "portable",
    fetcher: documents("x").fetcher,
    updateInterval: 0,
  });
  using attached = await FliptClient.attach(client.share());
  assert.match(attached.engine.reason ?? "", /copied/);
});

test("a client without flags has nothing to share, and attach() refuses what is no handle", async () => {
  using client = await FliptClient.init({
    engine: "portable",
    fetcher: () => Promise.resolve(new Response("", { status: 404 })),
    errorStrategy: "fallback",
    updateInterval: 0,
  });
  assert.throws(() => client.share(), EvaluationError);
  for (
    const wrong of [undefined, null, 7, {}, { engine: "native", namespace: "n" }, {
      engine: "portable",
      channel: 1,
    }]
  ) {
    await assert.rejects(FliptClient.attach(wrong as unknown as SharedHandle), ValidationError);
  }
  const nowhere = { engine: "native", library: "no/such/library.so", channel: 1, namespace: "n" } as const;
  await assert.rejects(FliptClient.attach(nowhere), EngineError);
});
