// When a state is saved.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FliptError } from "../../../mod.ts";
import { StoreKeeper } from "../../../src/state/store_keeper.ts";
import { ManualClock } from "../../support/runtime.ts";
import { gate, MemoryStore, settled } from "../../support/stores.ts";

/** A keeper of a store in memory, whose state is a number that the test sets. */
function keeper(store: MemoryStore = new MemoryStore()): {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly keeper: StoreKeeper;
  readonly errors: FliptError[];
  change(state: number): void;
} {
  const clock = new ManualClock();
  const errors: FliptError[] = [];
  let current = 0;
  const made = new StoreKeeper({
    store,
    clock,
    snapshot: () => `state ${current}`,
    report: (error) => errors.push(error),
  });
  const change = (state: number): void => {
    current = state;
    made.changed();
  };
  return { store, clock, keeper: made, errors, change };
}

test("a burst of changes is two writes: the first at once, the last after a rest", async () => {
  const { store, clock, change } = keeper();
  for (let state = 1; state <= 1_000; state++) change(state);
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(4_999);
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(1);
  await settled();
  assert.deepEqual(store.saved, ["state 1", "state 1000"]);
  clock.advance(60_000);
  await settled();
  assert.equal(store.saved.length, 2);
  assert.deepEqual(clock.timers, []);
  change(1_001);
  await settled();
  assert.equal(store.held, "state 1001");
});

test("changes without end are saved all the same, every five seconds, never two at once", async () => {
  const { store, clock, change } = keeper();
  for (let second = 0; second < 60; second++) {
    change(second);
    await settled();
    clock.advance(1_000);
  }
  assert.equal(store.saved.length, 12);
  assert.equal(store.mostAtOnce, 1);
});

test("a slow write is waited for", async () => {
  const { store, clock, change } = keeper();
  const slow = gate();
  store.gate = () => slow.promise;
  change(1);
  change(2);
  clock.advance(3_600_000);
  await settled();
  assert.equal(store.saving, 1);
  slow.open();
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(5_000);
  await settled();
  assert.deepEqual(store.saved, ["state 1", "state 2"]);
  assert.equal(store.mostAtOnce, 1);
});

test("the timer between two writes does not keep the process alive", async () => {
  const { clock, change } = keeper();
  change(1);
  await settled();
  assert.deepEqual(clock.timers.map(({ background }) => background), [true]);
});

test("closing saves what is not saved yet, once, and nothing afterwards", async () => {
  const resting = keeper();
  resting.change(1);
  await settled();
  resting.change(2);
  resting.keeper.close();
  resting.change(3);
  await resting.keeper.idle();
  assert.deepEqual(resting.store.saved, ["state 1", "state 2"]);
  assert.deepEqual(resting.clock.timers, []);

  const saving = keeper();
  const slow = gate();
  saving.store.gate = () => slow.promise;
  saving.change(1);
  saving.change(2);
  saving.keeper.close();
  saving.keeper.close();
  slow.open();
  await saving.keeper.idle();
  assert.deepEqual(saving.store.saved, ["state 1", "state 2"]);
  assert.equal(saving.store.mostAtOnce, 1);
  assert.deepEqual(saving.clock.timers, []);

  const clean = keeper();
  clean.keeper.close();
  await clean.keeper.idle();
  assert.deepEqual(clean.store.saved, []);
});
