// When a poller updates, with what it polls held by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Polled, Poller } from "../../../src/sync/polling.ts";
import { ManualClock } from "../../support/runtime.ts";

/** What a poller polls, held by the test. */
class ManualPolled implements Polled {
  waitAfterFailureMs: number | undefined;
  updates = 0;
  readonly observers = new Set<() => void>();

  update({ background }: { readonly background: true }): Promise<unknown> {
    assert.equal(background, true);
    this.updates++;
    return Promise.reject(new Error("recorded elsewhere"));
  }

  observe(observer: () => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  ended(): void {
    for (const observer of this.observers) observer();
  }
}

test("a poller updates an interval after the last update, in the background, and once", () => {
  const clock = new ManualClock();
  const polled = new ManualPolled();
  const poller = new Poller(120, clock, polled);
  assert.deepEqual([polled.observers.size, clock.timers.length], [0, 0]);
  poller.start();
  poller.start();
  assert.equal(polled.observers.size, 1);
  assert.deepEqual(clock.timers, [{ millis: 120_000, background: true }]);
  clock.advance(119_999);
  assert.equal(polled.updates, 0);
  clock.advance(1);
  assert.deepEqual([polled.updates, clock.timers.length], [1, 0]);
  polled.ended();
  // An update that somebody else wanted begins the interval anew.
  clock.advance(60_000);
  polled.ended();
  assert.deepEqual(clock.timers, [{ millis: 120_000, background: true }]);
  clock.advance(119_999);
  assert.equal(polled.updates, 1);
});

test("chance moves the interval by a tenth, and not the wait after a failure", () => {
  const clock = new ManualClock();
  const polled = new ManualPolled();
  new Poller(100, clock, polled).start();
  for (const [chance, millis] of [[0, 90_000], [1, 110_000], [0.25, 95_000]] as const) {
    clock.chance = chance;
    polled.ended();
    assert.deepEqual(clock.timers.map((timer) => Math.round(timer.millis)), [millis]);
  }
  polled.waitAfterFailureMs = 4321;
  polled.ended();
  assert.deepEqual(clock.timers.map((timer) => timer.millis), [4321]);
});

test("without an interval a poller updates only after a failure", () => {
  const clock = new ManualClock();
  const polled = new ManualPolled();
  new Poller(0, clock, polled).start();
  assert.deepEqual(clock.timers, []);
  polled.waitAfterFailureMs = 5000;
  polled.ended();
  clock.advance(5000);
  assert.equal(polled.updates, 1);
  polled.waitAfterFailureMs = undefined;
  polled.ended();
  assert.deepEqual(clock.timers, []);
});

test("a poller that is stopped does nothing any more, and may start again", () => {
  const clock = new ManualClock();
  const polled = new ManualPolled();
  const poller = new Poller(10, clock, polled);
  poller.stop();
  poller.start();
  poller.stop();
  assert.deepEqual([polled.observers.size, clock.timers.length], [0, 0]);
  poller.start();
  assert.deepEqual([polled.observers.size, clock.timers.length], [1, 1]);
});
