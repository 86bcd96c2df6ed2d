// When a state is saved.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FliptError } from "../../../mod.ts";
import { StoreKeeper } from "../../../src/state/store_keeper.ts";
import { ManualClock } from "../../support/runtime.ts";
import { gate, MemoryStore, settled } from "../../support/stores.ts";

/** A keeper of a store in memory, whose state is a number that the test sets. */
function keeper(store: MemoryStore = new MemoryStore(), isPatient = true): {
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
    limitSeconds: 30,
    isPatient,
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
    ...{ store, clock, report: (error: FliptError) => unread.push(error), limitSeconds: 30, isPatient: true },
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

test("a closed keeper waits for a store that hangs no longer than a save may take", async () => {
  const saving = held();
  const busy = keeper(saving.store);
  busy.change(1);
  busy.change(2);
  busy.keeper.close();
  const idle = busy.keeper.idle();
  assert.deepEqual(busy.clock.timers.map(({ background }) => background), [true, false]);
  busy.clock.advance(30_000);
  await idle;
  await settled();
  assert.equal(busy.errors.length, 1);
  // The last state is saved all the same.
  saving.saves[1]?.resolve();
  await settled();
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

test("a start that asks the server, too, waits two seconds for the store, and uses what comes later", async () => {
  const slow = gate();
  const store = new MemoryStore("held");
  store.load = () => slow.promise.then(() => "held");
  const { keeper: made, clock, errors } = keeper(store, false);
  clock.skipped = -1;
  const used: string[] = [];
  const use = (snapshot: string): Promise<void> => Promise.resolve(void used.push(snapshot));
  const { signal } = new AbortController();
  const restored = made.restore(use, 10, signal);
  clock.advance(2_000);
  assert.equal(await restored, false);
  assert.deepEqual(used, []);
  slow.open();
  await settled();
  assert.deepEqual([used, clock.timers, errors], [["held"], [], []]);

  const ready = keeper(new MemoryStore("held"), false);
  ready.clock.skipped = -1;
  const compiled = gate();
  const using = ready.keeper.restore(() => compiled.promise, 10, signal);
  await settled();
  ready.clock.advance(9_000);
  compiled.open();
  assert.equal(await using, true);
});

test("a signal that ends the reading of a store that nobody waits for any longer is told to nobody", async () => {
  const silent = new MemoryStore();
  silent.load = () => new Promise(() => {});
  const { keeper: made, clock, errors } = keeper(silent, false);
  clock.skipped = -1;
  const end = new AbortController();
  const restored = made.restore(() => Promise.resolve(), 10, end.signal);
  clock.advance(2_000);
  assert.equal(await restored, false);
  end.abort(new Error("closed"));
  await settled();
  assert.deepEqual([clock.timers, errors], [[], []]);
});
