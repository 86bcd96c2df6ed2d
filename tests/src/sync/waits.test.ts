// What updating waits for and how long: the backoff, a delay and its ends, how long a push is believed more than a fetch,
// and what is told of attempts that failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError } from "../../../core/errors.ts";
import type { CompiledState } from "../../../engines/engine.ts";
import type { StateHolder } from "../../../src/state/state_holder.ts";
import { Backoff, MAX_WAIT_MS } from "../../../src/sync/backoff.ts";
import { delay } from "../../../src/sync/delay.ts";
import { countAttempts, noteRetry } from "../../../src/sync/failed_attempts.ts";
import { PushedStates } from "../../../src/sync/pushed_states.ts";
import { type StateUpdateParts, StateUpdates } from "../../../src/sync/state_updates.ts";
import { ManualClock } from "../../support/runtime.ts";

function clockWithoutSkips(): ManualClock {
  const clock = new ManualClock();
  clock.skipped = 0;
  return clock;
}

function fetchError(): FetchError {
  return new FetchError("it failed", { url: "http://localhost/", status: 500, retryable: true });
}

test("the ceiling of a wait doubles from one second to the longest, until it is reset", () => {
  const clock = new ManualClock();
  clock.chance = 1;
  const backoff = new Backoff(clock);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, MAX_WAIT_MS, MAX_WAIT_MS, MAX_WAIT_MS]);
  assert.equal(MAX_WAIT_MS, 30_000);
  backoff.reset();
  assert.equal(backoff.next(), 1000);
});

test("chance makes a wait anything from nothing to its ceiling, and a backoff may be told the longest", () => {
  const clock = new ManualClock();
  const backoff = new Backoff(clock, 3000);
  const waits = [0, 0.25, 0.5, 0.75].map((chance) => {
    clock.chance = chance;
    return backoff.next();
  });
  assert.deepEqual(waits, [0, 500, 1500, 2250]);
});

test("a delay is over when its time is, and then nothing of it is left", async () => {
  const clock = clockWithoutSkips();
  const end = new AbortController();
  for (const background of [true, false]) {
    const wait = delay(clock, 5000, { background, signal: end.signal });
    assert.deepEqual(clock.timers, [{ millis: 5000, background }]);
    let isOver = false;
    const over = wait.over.then(() => isOver = true);
    clock.advance(4999);
    await Promise.resolve();
    assert.equal(isOver, false);
    clock.advance(1);
    await over;
    wait.cut();
    assert.deepEqual(clock.timers, []);
  }
  end.abort();
});

test("a delay that is cut is over at once, and waits for nothing any more", async () => {
  const clock = clockWithoutSkips();
  const end = new AbortController();
  const wait = delay(clock, 5000, { background: true, signal: end.signal });
  wait.cut();
  await wait.over;
  assert.deepEqual(clock.timers, []);
});

test("a signal ends a delay with its reason, before or in the middle of it", async () => {
  const clock = clockWithoutSkips();
  const reason = new Error("closed");
  const end = new AbortController();
  const wait = delay(clock, 5000, { background: true, signal: end.signal });
  end.abort(reason);
  await assert.rejects(wait.over, (error) => error === reason);
  assert.deepEqual(clock.timers, []);
  const late = delay(clock, 5000, { background: true, signal: end.signal });
  await assert.rejects(late.over, (error) => error === reason);
  assert.deepEqual(clock.timers, []);
  late.cut();
});

test("a signal that outlives many delays has one listener for all of them", async () => {
  const clock = clockWithoutSkips();
  let listeners = 0;
  const counted = {
    aborted: false,
    addEventListener: (name: string) => void (listeners += name === "abort" ? 1 : 0),
  } as unknown as AbortSignal;
  for (let n = 0; n < 3; n++) {
    const wait = delay(clock, 1000, { background: true, signal: counted });
    wait.cut();
    await wait.over;
  }
  assert.equal(listeners, 1);
});

test("a fetch may be older than a push for five seconds, or until the next fetch", () => {
  const clock = new ManualClock();
  for (const [updateInterval, lagMs] of [[120, 5000], [0, 5000], [2, 2000], [5, 5000]] as const) {
    const holder = { holds: () => false } as unknown as StateHolder;
    const stateUpdates = new StateUpdates({ holder } as StateUpdateParts);
    stateUpdates.replace = () => {};
    const pushes = new PushedStates({ holder, stateUpdates, clock, settings: { updateInterval } });
    const mayBeOutdated = (digest: string | undefined, askedAt: number): boolean | undefined =>
      stateUpdates.mayBeOutdated?.(digest, askedAt);
    assert.equal(mayBeOutdated("a", clock.elapsed()), false, "before any push");
    pushes.pushed({ digest: "b" } as CompiledState);
    const at = clock.elapsed();
    assert.equal(mayBeOutdated("a", at), true);
    assert.equal(mayBeOutdated(undefined, at), true);
    assert.equal(mayBeOutdated("b", at), false, "it is what was pushed");
    assert.equal(mayBeOutdated("a", at + lagMs - 1), true, `${updateInterval} s`);
    assert.equal(mayBeOutdated("a", at + lagMs), false, `${updateInterval} s`);
  }
});

test("an error says how many attempts there were in how long, in its stack, too", () => {
  const many = fetchError();
  countAttempts(many, 3, 2_340);
  assert.equal(many.message, "it failed (3 attempts in 2.3 s)");
  assert.equal(many.attempts, 3);
  assert.ok(many.stack?.includes("it failed (3 attempts in 2.3 s)"));

  const one = fetchError();
  countAttempts(one, 1, 2_340);
  assert.equal(one.message, "it failed");
  assert.equal(one.attempts, 1);

  // Whoever catches errors may have taken their stacks away.
  const bare = Object.assign(fetchError(), { stack: undefined });
  countAttempts(bare, 2, 2_340);
  assert.deepEqual([bare.message, bare.stack], ["it failed (2 attempts in 2.3 s)", undefined]);

  const other = new Error("another");
  countAttempts(other, 3, 2_340);
  assert.deepEqual([other.message, Object.hasOwn(other, "attempts")], ["another", false]);
});

test("a first attempt that failed is told where somebody waits for the first flags, and only there", () => {
  const told = (attempts: number, waitMs: number, isAwaited: boolean, hasState: boolean): unknown[][] => {
    const lines: unknown[][] = [];
    noteRetry(fetchError(), attempts, waitMs, isAwaited, { hasState }, (...line) => lines.push(line));
    return lines;
  };
  assert.deepEqual(told(1, 500, true, false), [[
    "flipt: the first fetch failed and is retried:",
    "it failed",
  ]]);
  assert.deepEqual(told(2, 500, true, false), []);
  assert.deepEqual(told(1, 0, true, false), []);
  assert.deepEqual(told(1, 500, false, false), []);
  assert.deepEqual(told(1, 500, true, true), []);
});
