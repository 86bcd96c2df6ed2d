// What becomes of each outcome of fetching and of each push: whether the state is replaced, what is released, and who is
// told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledState } from "../../../engines/engine.ts";
import type { Version } from "../../../src/sources/version.ts";
import { Listeners, type UpdateEvent } from "../../../src/state/events.ts";
import type { StateHolder } from "../../../src/state/state_holder.ts";
import type { StatusKeeper } from "../../../src/state/status.ts";
import type { StoreSlot } from "../../../src/state/store_opening.ts";
import { PushedStates } from "../../../src/sync/pushed_states.ts";
import { StateUpdates } from "../../../src/sync/state_updates.ts";
import { ManualClock } from "../../support/runtime.ts";

interface Setup {
  readonly updates: StateUpdates;
  /** Takes pushes in, for a client that fetches every two minutes. */
  readonly pushes: PushedStates;
  /** What was done to holder, status, store and states, in order. */
  readonly done: string[];
  readonly clock: ManualClock;
  readonly listeners: Listeners;
  /** A state of this digest. */
  state(digest: string | undefined): CompiledState;
}

/** Updates of a client that holds a state of this digest and version. */
function setup(held: string | undefined, version?: Version, hasStore = true): Setup {
  const done: string[] = [];
  const clock = new ManualClock();
  const listeners = new Listeners();
  const text = (value: unknown): string => JSON.stringify(value) ?? "nothing";
  const state = (digest: string | undefined): CompiledState =>
    ({
      digest,
      changedFlags: (previous: CompiledState) => [`of ${previous.digest} and ${digest}`],
      release: () => done.push(`release ${digest}`),
    }) as unknown as CompiledState;
  const holder = {
    held: state(held),
    hasState: true,
    digest: held,
    version,
    holds: (digest: string | undefined) => digest !== undefined && digest === held,
    replace: (next: CompiledState, as: Version | undefined) =>
      done.push(`hold ${next.digest} as ${text(as)}`),
    confirm: (as?: Version) => done.push(`confirm ${text(as)}`),
    fail: (error: Error) => done.push(`fail ${error.message}`),
  } as unknown as StateHolder;
  const status = {
    succeeded: (isUpdate: boolean) => done.push(`succeeded ${isUpdate}`),
    failed: (error: Error) => done.push(`failed ${error.message}`),
    noted: (error: Error) => done.push(`noted ${error.message}`),
    restored: () => done.push("restored"),
    changeMode: (mode: string) => done.push(`mode ${mode}`),
  } as unknown as StatusKeeper;
  const store = (hasStore ? { keeper: { changed: () => done.push("save") } } : {}) as unknown as StoreSlot;
  const updates = new StateUpdates({ holder, status, listeners, store });
  return {
    updates,
    pushes: new PushedStates({ holder, stateUpdates: updates, clock, settings: { updateInterval: 120 } }),
    done,
    clock,
    listeners,
    state,
  };
}

test("a pushed state is held only if its digest is", () => {
  const { pushes } = setup("a", { etag: "e" });
  assert.deepEqual(["a", "b", undefined].map((digest) => pushes.holds(digest)), [true, false, false]);
});

test("a fetch that found nothing new confirms the state", () => {
  const { updates, done, clock } = setup("a");
  assert.equal(updates.fetched({ askedAt: clock.elapsed() }), false);
  assert.deepEqual(done, ["confirm nothing", "succeeded false"]);
});

test("a version that is news is kept, if it is one of the held state", () => {
  const { updates, done } = setup("a");
  for (const version of [{ etag: "e", digest: "a" }, { etag: "e" }, { etag: "e", digest: "b" }]) {
    updates.fetched({ version, askedAt: 0 });
  }
  assert.deepEqual(done.filter((line) => line.startsWith("confirm")), [
    'confirm {"etag":"e","digest":"a"}',
    'confirm {"etag":"e"}',
    "confirm nothing",
  ]);
});

test("a new state is held, saved and told of", () => {
  const { updates, done, state, listeners } = setup("a");
  const events: UpdateEvent[] = [];
  listeners.add("update", (event) => {
    events.push(event);
    done.push("update");
  });
  assert.equal(updates.fetched({ state: state("b"), version: { etag: "e" }, askedAt: 0 }), true);
  assert.deepEqual(done, ['hold b as {"etag":"e"}', "succeeded true", "save", "update"]);
  assert.deepEqual(events, [{ digest: "b", changedFlags: ["of a and b"] }]);
});

test("a client without a stream holds what it fetched, whenever it was asked for", () => {
  const { updates, done, state } = setup("a");
  delete updates.mayBeOutdated;
  assert.equal(updates.fetched({ state: state("b"), askedAt: 0 }), true);
  assert.equal(done[0], "hold b as nothing");
});

test("without a store nothing is saved", () => {
  const { updates, done, state } = setup("a", undefined, false);
  assert.equal(updates.fetched({ state: state("b"), askedAt: 0 }), true);
  assert.deepEqual(done, ["hold b as nothing", "succeeded true"]);
});

test("without listeners flags are not compared", () => {
  const { updates, done, state, listeners } = setup("a");
  const next = state("b");
  next.changedFlags = () => assert.fail("they were compared");
  assert.equal(updates.fetched({ state: next, askedAt: 0 }), true);
  assert.deepEqual(done, ["hold b as nothing", "succeeded true", "save"]);
  assert.equal(listeners.has("update"), false);
});

test("a state that is held already is released, under its new version", () => {
  const { updates, done, state } = setup("a");
  assert.equal(updates.fetched({ state: state("a"), version: { etag: "e" }, askedAt: 0 }), false);
  assert.deepEqual(done, ["release a", 'confirm {"etag":"e"}', "succeeded false"]);
});

test("a push replaces the state, and a fetch that was asked for before may not take it back", () => {
  const { updates, pushes, done, clock, state } = setup("a");
  pushes.pushed(state("b"));
  assert.deepEqual(done.splice(0), ['hold b as {"etag":"b","digest":"b"}', "succeeded true", "save"]);
  const askedAt = clock.elapsed();
  assert.equal(updates.fetched({ state: state("c"), version: { etag: "c" }, askedAt }), false);
  assert.deepEqual(done.splice(0), ["release c", "confirm nothing", "succeeded false"]);
  clock.advance(5000);
  assert.equal(
    updates.fetched({ state: state("c"), version: { etag: "c" }, askedAt: clock.elapsed() }),
    true,
  );
  assert.deepEqual(done.splice(0), ['hold c as {"etag":"c"}', "succeeded true", "save"]);
});

test("a push of the held state, and one that says so, only confirm it", () => {
  const { pushes, done, state } = setup("a");
  pushes.pushed(state("a"));
  assert.deepEqual(done.splice(0), ["release a", "confirm nothing", "succeeded false"]);
  pushes.confirmed();
  assert.deepEqual(done, ["confirm nothing", "succeeded false"]);
});

test("what the store had stands in until there is something better", () => {
  const early = setup(undefined);
  early.updates.restored(early.state("stored"));
  assert.deepEqual(early.done, ["hold stored as nothing", "restored"]);
  const late = setup("a", { etag: "e" });
  late.updates.restored(late.state("stored"));
  assert.deepEqual(late.done, ["release stored"]);
});

test("a fetch that failed is told to the holder and to the status", () => {
  const { updates, done } = setup("a");
  updates.failed(new Error("one"));
  assert.deepEqual(done, ["fail one", "failed one"]);
});

test("changes are counted, and told by an event or by whoever asked", () => {
  const { updates, state, listeners } = setup("a");
  const since = updates.told;
  assert.equal(updates.tell(since), false);
  updates.fetched({ state: state("b"), askedAt: 0 });
  updates.fetched({ state: state("c"), askedAt: 0 });
  assert.equal(updates.told, since);
  assert.equal(updates.tell(since), true);
  assert.equal(updates.told, since + 2);
  assert.equal(updates.tell(updates.told), false);
  listeners.add("update", () => {});
  updates.fetched({ state: state("d"), askedAt: 0 });
  assert.equal(updates.told, since + 3);
});
