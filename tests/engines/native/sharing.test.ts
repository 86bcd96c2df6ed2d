// Threads of a process share one compiled state of the native engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import type { CompiledState, Engine, Publisher, SharedStateHandle } from "../../../engines/engine.ts";
import { builtLibraryPath } from "../../../engines/native/library_path.ts";
import { followNativeState, openNativeEngine } from "../../../engines/native/mod.ts";
import { Count, symbols } from "../../../engines/native/symbols.ts";
import { loadFfi } from "../../../ffi/mod.ts";
import { EvaluationError } from "../../../core/errors.ts";
import { ensureEngine } from "../../../tasks/build_engine.ts";
import type { FollowingWorkerData } from "../../support/following_worker.ts";

const native = { skip: ensureEngine() === undefined && "the native engine could not be built (no cargo?)" };

/** A state whose flag gives `variantKey` to everybody. It is too large to be evaluated anywhere but in the library. */
async function load(engine: Engine, variantKey: string): Promise<CompiledState> {
  const others = {
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: "p",
    operator: "eq",
    value: "x".repeat(5000),
  };
  const rule = {
    segments: [
      { key: "all", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [] },
      { key: "others", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [others] },
    ],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: [{ variantKey, rollout: 100 }],
  };
  const flag = { key: "flag", name: "", enabled: true, type: "VARIANT_FLAG_TYPE", rules: [rule] };
  const compilation = engine.compile("document", "shop");
  compilation.write(new TextEncoder().encode(JSON.stringify({ namespace: { key: "shop" }, flags: [flag] })));
  return await compilation.finish();
}

async function share(
  variantKey: string,
): Promise<{ engine: Engine; state: CompiledState; publisher: Publisher }> {
  const engine = await openNativeEngine();
  const state = await load(engine, variantKey);
  const publisher = engine.share?.(state, "shop");
  assert.ok(publisher !== undefined);
  return { engine, state, publisher };
}

/** The next message of a Worker. */
function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function startWorker(handle: SharedStateHandle, endless = false): Promise<Worker> {
  const workerData: FollowingWorkerData = { handle, flagKey: "flag", endless };
  const worker = new Worker(new URL("../../support/following_worker.ts", import.meta.url), { workerData });
  assert.equal(await message(worker), "ready");
  return worker;
}

async function ask(worker: Worker): Promise<unknown> {
  const answer = message(worker);
  worker.postMessage("answer");
  return await answer;
}

/** Waits for what comes a moment after a Worker has reported its end: the end of its thread. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500 && !await isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(await isSo());
}

async function count(what: number): Promise<number> {
  return (await (await loadFfi()).open(builtLibraryPath(), symbols)).call.flipt_ffi_count(what);
}

test(
  "a Worker evaluates from the state of another thread, and sees the next one at once",
  native,
  async () => {
    const before = await count(Count.states);
    const { engine, state, publisher } = await share("first");
    const worker = await startWorker(structuredClone(publisher.handle));
    assert.equal(await ask(worker), "first");
    const next = await load(engine, "second");
    publisher.publish(next);
    state.release();
    assert.equal(await ask(worker), "second");
    await worker.terminate();
    publisher.close();
    next.release();
    // What is still held would be given back in the middle of the next test, which counts.
    await until(async () => await count(Count.states) <= before);
  },
);

test(
  "followers hold the owner's state, not a copy, and let go of it when it is replaced",
  native,
  async () => {
    const before = await count(Count.states);
    const { engine, state, publisher } = await share("first");
    const { follower } = await followNativeState(publisher.handle);
    const followed = follower.current();
    assert.equal(followed.evaluateVariant("flag", "e", {}).variantKey, "first");
    assert.equal(follower.current(), followed);
    assert.equal(await count(Count.states), before + 2);
    const next = await load(engine, "second");
    publisher.publish(next);
    assert.equal(follower.current().evaluateVariant("flag", "e", {}).variantKey, "second");
    assert.throws(() => followed.evaluateVariant("flag", "e", {}), EvaluationError);
    follower.close();
    publisher.close();
    state.release();
    next.release();
    assert.equal(await count(Count.states), before);
  },
);

test("a follower gets no more answers once the owner is closed, or it is closed itself", native, async () => {
  const before = await count(Count.states);
  const { state, publisher } = await share("first");
  const { follower } = await followNativeState(publisher.handle);
  const worker = await startWorker(publisher.handle);
  publisher.close();
  assert.throws(() => follower.current(), /closed/);
  assert.match(String(await ask(worker)), /closed/);
  await assert.rejects(followNativeState(publisher.handle), /closed/);
  await worker.terminate();
  state.release();

  const other = await share("other");
  const closed = (await followNativeState(other.publisher.handle)).follower;
  closed.close();
  assert.throws(() => closed.current(), /closed/);
  other.publisher.close();
  other.state.release();
  await until(async () => await count(Count.states) <= before);
});

test(
  "Workers killed in the middle of evaluations leave the owner and its memory as they were",
  native,
  async () => {
    const before = await count(Count.states);
    const { state, publisher } = await share("first");
    for (let round = 0; round < 8; round++) {
      const worker = await startWorker(publisher.handle, true);
      assert.equal(await ask(worker), "first");
      await worker.terminate();
      assert.equal(state.evaluateVariant("flag", "e", {}).variantKey, "first");
    }
    publisher.close();
    state.release();
    await until(async () => await count(Count.states) === before);
  },
);

test(
  "a follower gets no more answers once the owner's thread is gone, and crashes nothing",
  native,
  async () => {
    const before = [await count(Count.states), await count(Count.channels)];
    const owner = new Worker(new URL("../../support/owning_worker.ts", import.meta.url));
    const { follower } = await followNativeState(await message(owner) as SharedStateHandle);
    const state = follower.current();
    assert.equal(state.evaluateBoolean("flag", "e", {}).enabled, true);
    await owner.terminate();
    assert.equal(state.evaluateBoolean("flag", "e", {}).enabled, true);
    const isClosed = (): boolean => {
      try {
        follower.current();
        return false;
      } catch (error) {
        assert.ok(error instanceof EvaluationError);
        return true;
      }
    };
    await until(() => Promise.resolve(isClosed()));
    assert.deepEqual([await count(Count.states), await count(Count.channels)], before);
  },
);
