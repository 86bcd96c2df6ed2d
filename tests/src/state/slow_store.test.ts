// Stores that answer late or never: no client waits for one longer than it may take.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keeper } from "../../support/store_keeper.ts";
import { MemoryStore, settled } from "../../support/stores.ts";

/** A store whose saves end when the test says so. */
function held(): { readonly store: MemoryStore; readonly saves: PromiseWithResolvers<void>[] } {
  const store = new MemoryStore();
  const saves: PromiseWithResolvers<void>[] = [];
  store.gate = () => {
    saves.push(Promise.withResolvers<void>());
    return saves.at(-1)?.promise ?? Promise.resolve();
  };
  return { store, saves };
}

test("a save that never ends is given up and reported, and the newest state is saved after a rest", async () => {
  const { store, saves } = held();
  const { clock, change, errors } = keeper(store);
  change(1);
  change(2);
  clock.advance(30_000);
  await settled();
  assert.deepEqual(errors.map(({ message }) => message), [
    "the flag state could not be saved in the snapshot store: it did not confirm that within 30 s " +
    "(the option requestTimeout): see whether it can be reached",
  ]);
  change(3);
  clock.advance(29_999);
  await settled();
  assert.equal(saves.length, 1);
  clock.advance(1);
  await settled();
  assert.equal(saves.length, 2);
  saves[1]?.resolve();
  await settled();
  assert.deepEqual([store.saved, errors.length], [["state 3"], 1]);
  clock.advance(60_000);
  await settled();
  assert.deepEqual([saves.length, clock.timers], [2, []]);
});

test("the longer a store hangs, the fewer saves it is given", async () => {
  const { store, saves } = held();
  const { clock, change, errors } = keeper(store);
  change(1);
  const rests: number[] = [];
  for (let count = 0; count < 7; count++) {
    clock.advance(30_000);
    await settled();
    const millis = clock.timers[0]?.millis ?? 0;
    rests.push(millis / 1000);
    clock.advance(millis);
    await settled();
  }
  assert.deepEqual(rests, [30, 60, 120, 240, 480, 600, 600]);
  assert.deepEqual([saves.length, errors.length], [8, 1]);
  saves.at(-1)?.resolve();
  await settled();
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [5_000]);
});

test("a late save that ends well after all is not repeated, and one that fails is repeated at once", async () => {
  const good = held();
  const saved = keeper(good.store);
  saved.change(1);
  saved.clock.advance(30_000);
  await settled();
  good.saves[0]?.resolve();
  await settled();
  saved.clock.advance(3_600_000);
  await settled();
  assert.deepEqual([good.saves.length, good.store.saved, saved.clock.timers], [1, ["state 1"], []]);
  // The next one that fails is told of again.
  good.store.gate = () => Promise.reject(new Error("disk full"));
  saved.change(2);
  await settled();
  assert.equal(saved.errors.length, 2);

  const bad = held();
  const failed = keeper(bad.store);
  failed.change(1);
  failed.clock.advance(30_000);
  await settled();
  bad.saves[0]?.reject(new Error("the connection is closed"));
  await settled();
  assert.deepEqual([bad.saves.length, failed.errors.length], [2, 1]);
  bad.saves[1]?.resolve();
  await settled();
  assert.deepEqual(bad.store.saved, ["state 1"]);
});

test("a late save that ends after a newer one does not have the last word", async () => {
  const { store, saves } = held();
  const { clock, change } = keeper(store);
  change(1);
  clock.advance(30_000);
  await settled();
  change(2);
  clock.advance(30_000);
  await settled();
  saves[1]?.resolve();
  await settled();
  clock.advance(5_000);
  await settled();
  assert.deepEqual([store.saved, clock.timers], [["state 2"], []]);
  saves[0]?.resolve();
  await settled();
  saves[2]?.resolve();
  await settled();
  assert.deepEqual(store.saved, ["state 2", "state 1", "state 2"]);

  const during = held();
  const both = keeper(during.store);
  both.change(1);
  both.clock.advance(30_000);
  await settled();
  both.clock.advance(30_000);
  await settled();
  both.change(2);
  during.saves[0]?.resolve();
  await settled();
  assert.equal(during.saves.length, 2);
  during.saves[1]?.resolve();
  await settled();
  both.clock.advance(5_000);
  await settled();
  during.saves[2]?.resolve();
  await settled();
  assert.equal(during.store.held, "state 2");
});

test("a closed keeper waits for a store that hangs no longer than two saves may take", async () => {
  const saving = held();
  const busy = keeper(saving.store);
  busy.change(1);
  busy.change(2);
  busy.keeper.close();
  const idle = busy.keeper.idle();
  assert.deepEqual(busy.clock.timers.map(({ background }) => background), [true, false]);
  busy.clock.advance(30_000);
  await settled();
  assert.equal(busy.errors.length, 1);
  // The last state is saved all the same, and waited for.
  busy.clock.advance(29_999);
  await settled();
  saving.saves[1]?.resolve();
  await idle;
  assert.deepEqual([saving.store.saved, busy.clock.timers], [["state 2"], []]);
  saving.saves[0]?.reject(new Error("late"));
  await settled();
  assert.deepEqual([saving.saves.length, busy.errors.length], [2, 1]);

  const last = held();
  const resting = keeper(last.store);
  resting.change(1);
  last.saves[0]?.resolve();
  await settled();
  resting.change(2);
  resting.keeper.close();
  let reported = -1;
  const ended = resting.keeper.idle().then(() => reported = resting.errors.length);
  resting.clock.advance(30_000);
  await ended;
  assert.deepEqual([reported, resting.clock.timers], [1, []]);
});
