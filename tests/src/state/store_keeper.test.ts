// When a state is saved.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FliptError } from "../../../mod.ts";
import { StoreKeeper } from "../../../src/state/store_keeper.ts";
import { keeper } from "../../support/store_keeper.ts";
import { gate, MemoryStore, settled } from "../../support/stores.ts";

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
  clock.advance(29_999);
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
  clean.change(1);
  clean.keeper.close();
  await clean.keeper.idle();
  assert.deepEqual([clean.store.saved, clean.clock.timers], [[], []]);
});

test("what the store has is given to be used, within the time that it may take", async () => {
  const { keeper: made, clock, errors } = keeper(new MemoryStore("held"));
  clock.skipped = -1;
  const used: string[] = [];
  const use = (snapshot: string): Promise<void> => Promise.resolve(void used.push(snapshot));
  const { signal } = new AbortController();
  assert.equal(await made.restore(use, 10, signal), true);
  assert.deepEqual([used, clock.timers, errors], [["held"], [], []]);
  const empty = keeper();
  assert.equal(await empty.keeper.restore(use, 10, signal), false);
  assert.deepEqual([used, empty.errors], [["held"], []]);
});

test("what is not usable, no text, or not there in time is reported", async () => {
  const { signal } = new AbortController();
  const use = (): Promise<void> => Promise.reject(new Error("damaged"));
  const damaged = keeper(new MemoryStore("held"));
  assert.equal(await damaged.keeper.restore(use, 10, signal), false);
  assert.match(damaged.errors[0]?.message ?? "", /holds is not usable and is ignored: damaged$/);

  const odd = new MemoryStore();
  odd.load = () => Promise.resolve(5 as unknown as string);
  const other = keeper(odd);
  assert.equal(await other.keeper.restore(use, 10, signal), false);
  assert.match(
    other.errors[0]?.message ?? "",
    /could not be read: load\(\) must return a string or undefined/,
  );

  const silent = new MemoryStore();
  silent.load = () => new Promise(() => {});
  const waiting = keeper(silent);
  waiting.clock.skipped = -1;
  const restored = waiting.keeper.restore(use, 10, signal);
  assert.deepEqual(waiting.clock.timers.map(({ millis }) => millis), [10_000]);
  waiting.clock.advance(10_000);
  assert.equal(await restored, false);
  assert.match(waiting.errors[0]?.message ?? "", /could not be read: it returned nothing within 10 s/);
});

test("a signal ends the reading and the use of a store with its reason, and nothing is reported", async () => {
  const reason = new Error("closed");
  const isReason = (error: unknown): boolean => error === reason;
  const silent = new MemoryStore();
  silent.load = () => new Promise(() => {});
  const reading = keeper(silent);
  const end = new AbortController();
  const restored = reading.keeper.restore(() => Promise.resolve(), 10, end.signal);
  end.abort(reason);
  await assert.rejects(restored, isReason);

  const using = keeper(new MemoryStore("held"));
  const late = new AbortController();
  const use = (): Promise<void> => {
    late.abort(reason);
    return Promise.reject(new Error("given up"));
  };
  await assert.rejects(using.keeper.restore(use, 10, late.signal), isReason);
  assert.deepEqual([reading.errors, using.errors], [[], []]);
});

test("of an error of a store of this package, the message is shown, and not what led to it", async () => {
  const { store, change, errors } = keeper();
  const cause = new Error("ENOENT: no such file or directory");
  store.gate = () => Promise.reject(new FliptError("there is no folder /flags", { cause }));
  change(1);
  await settled();
  assert.match(
    errors[0]?.message ?? "",
    /^the flag state could not be saved in .+: there is no folder \/flags$/,
  );
});

test("a save that fails is tried again though nothing changes, and reported once until one succeeds", async () => {
  const { store, clock, keeper: made, change, errors } = keeper();
  const fail = (): Promise<void> => Promise.reject(new Error("Redis is restarting"));
  store.gate = fail;
  change(1);
  for (let count = 0; count < 3; count++) {
    await settled();
    clock.advance(5_000);
  }
  await settled();
  assert.deepEqual([store.saved, errors.length], [[], 1]);
  store.gate = () => Promise.resolve();
  clock.advance(5_000);
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(5_000);
  await settled();
  assert.deepEqual([store.saved, clock.timers], [["state 1"], []]);

  let calls = 0;
  store.gate = () => {
    calls++;
    return fail();
  };
  change(2);
  await settled();
  assert.deepEqual([calls, errors.length], [1, 2]);
  for (let count = 0; count < 2; count++) {
    made.close();
    await made.idle();
  }
  assert.deepEqual([calls, errors.length, clock.timers], [2, 2, []]);
});

test("a save that fails, and a state that cannot be read, are reported, and the next change is saved", async () => {
  const { store, clock, change, errors } = keeper();
  store.gate = () => Promise.reject(new Error("disk full"));
  change(1);
  await settled();
  assert.match(errors[0]?.message ?? "", /^the flag state could not be saved in .+: disk full$/);
  store.gate = () => Promise.resolve();
  change(2);
  clock.advance(5_000);
  await settled();
  assert.deepEqual([store.saved, errors.length], [["state 2"], 1]);

  const unread: FliptError[] = [];
  const broken = new StoreKeeper({
    ...{ store, clock, report: (error: FliptError) => unread.push(error), limitMs: 30_000 },
    snapshot: () => {
      throw new Error("released");
    },
  });
  broken.changed();
  await broken.idle();
  broken.close();
  assert.match(unread[0]?.message ?? "", /^the flag state could not be saved in .+: released$/);
  assert.deepEqual([store.saved, unread.length], [["state 2"], 1]);
});
