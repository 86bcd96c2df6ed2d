// The status of a client and the state that it holds, each by itself: which word stands for what, when it is told, and
// which state answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError } from "../../../core/errors.ts";
import type { ErrorStrategy } from "../../../src/options/client_options.ts";
import type { DocumentSource } from "../../../src/options/document_source.ts";
import type { CompiledState } from "../../../engines/engine.ts";
import { lease } from "../../../engines/leases.ts";
import type { ClientLog } from "../../../src/state/client_log.ts";
import { Listeners } from "../../../src/state/events.ts";
import { StateHolder } from "../../../src/state/state_holder.ts";
import { StatusKeeper } from "../../../src/state/status.ts";
import { ManualClock } from "../../support/runtime.ts";

function setup(maxStaleness?: number, answering = { hasState: true, isAnswering: true, digest: "d" }) {
  const clock = new ManualClock();
  const listeners = new Listeners();
  const told: string[] = [];
  listeners.add("status", ({ state, mode }) => told.push(`status ${state} ${mode}`));
  listeners.add("error", ({ message }) => told.push(`error ${message}`));
  const log = {
    add: (event: string, { state }: { state: string }, error?: Error) =>
      told.push(`log ${event} ${state}${error === undefined ? "" : `: ${error.message}`}`),
  } as unknown as ClientLog;
  const settings = { fetchMode: "streaming", maxStaleness } as const;
  const status = new StatusKeeper({ holder: answering, clock, listeners, log, settings });
  return { status, clock, told, answering, taken: () => told.splice(0) };
}

test("a status begins with nothing, and has what went well", () => {
  const { status, clock, taken } = setup();
  assert.deepEqual(status.current, {
    ...{ state: "ready", mode: "streaming", lastUpdate: undefined, lastSuccess: undefined },
    ...{ lastError: undefined, digest: "d", ageSeconds: undefined, consecutiveFailures: 0 },
  });
  const start = new Date(clock.now());
  status.succeeded(true);
  assert.deepEqual([status.current.lastUpdate, status.current.lastSuccess], [start, start]);
  clock.advance(1500);
  assert.equal(status.current.ageSeconds, 1.5);
  status.succeeded(false);
  assert.deepEqual([status.current.lastUpdate, status.current.lastSuccess], [start, new Date(clock.now())]);
  assert.equal(status.current.ageSeconds, 0);
  assert.deepEqual(taken(), ["log updated ready", "log confirmed ready"]);
});

test("the word of a status says whether there are answers", () => {
  const { status, answering } = setup();
  assert.equal(status.current.state, "ready");
  answering.isAnswering = false;
  assert.equal(status.current.state, "failed");
  answering.hasState = false;
  assert.equal(status.current.state, "failed");
  answering.isAnswering = true;
  assert.equal(status.current.state, "initializing");
  status.failed(new Error("no server"));
  assert.equal(status.current.state, "failed");
  status.close();
  assert.equal(status.current.state, "closed");
});

test("failures are counted until a success, and the last one is kept", () => {
  const { status, taken } = setup();
  const error = new Error("one");
  status.failed(error);
  status.failed("two");
  assert.equal(status.current.consecutiveFailures, 2);
  assert.deepEqual([status.current.lastError?.message, status.current.lastError instanceof Error], [
    "two",
    true,
  ]);
  status.noted(error);
  assert.deepEqual([status.current.consecutiveFailures, status.current.lastError], [2, error]);
  status.noted(error, true);
  status.succeeded(false);
  assert.deepEqual([status.current.consecutiveFailures, status.current.lastError], [0, error]);
  assert.deepEqual(taken(), [
    ...["log failed ready: one", "error one", "log failed ready: two", "error two"],
    ...["log failed ready: one", "error one", "error one", "log confirmed ready"],
  ]);
});

test("another word or mode is told once", () => {
  const { status, answering, taken } = setup();
  status.restored();
  status.changeMode("streaming");
  assert.deepEqual(taken(), []);
  status.changeMode("polling");
  status.changeMode("polling");
  assert.deepEqual(taken(), ["log changed ready", "status ready polling"]);
  answering.isAnswering = false;
  status.restored();
  status.restored();
  assert.deepEqual(taken(), ["log changed failed", "status failed polling"]);
  answering.isAnswering = true;
  status.succeeded(true);
  assert.deepEqual(taken(), ["log changed ready", "status ready polling", "log updated ready"]);
});

test("after the end nothing is counted or told", () => {
  const { status, clock, taken } = setup(10);
  status.succeeded(true);
  status.failed(new Error("one"));
  taken();
  status.close();
  status.close();
  assert.deepEqual([taken(), clock.timers], [["log changed closed", "status closed streaming"], []]);
  const before = status.current;
  clock.advance(100_000);
  status.succeeded(true);
  status.failed(new Error("two"));
  status.noted(new Error("three"));
  assert.deepEqual({ ...status.current, ageSeconds: 0 }, { ...before, ageSeconds: 0 });
  assert.deepEqual([taken(), clock.timers], [[], []]);
});

test("a state that nothing confirms for maxStaleness is stale, which is told in the background", () => {
  const { status, clock, taken } = setup(10);
  // One that came from a store may be of any age.
  assert.equal(status.current.state, "stale");
  assert.deepEqual(clock.timers, []);
  status.succeeded(true);
  taken();
  assert.deepEqual(clock.timers, [{ millis: 10_000, background: true }]);
  clock.advance(9_999);
  assert.equal(status.current.state, "ready");
  clock.advance(1);
  assert.equal(status.current.state, "stale");
  assert.deepEqual(taken(), ["log changed stale", "status stale streaming"]);
  status.succeeded(false);
  assert.deepEqual(taken(), ["log changed ready", "status ready streaming", "log confirmed ready"]);
  clock.advance(5_000);
  status.succeeded(false);
  assert.deepEqual(clock.timers, [{ millis: 10_000, background: true }]);
  clock.advance(9_999);
  assert.equal(status.current.state, "ready");
});

test("without maxStaleness nothing waits, and no state is stale", () => {
  const { status, clock } = setup();
  status.succeeded(true);
  clock.advance(1e9);
  assert.deepEqual([status.current.state, clock.timers], ["ready", []]);
});

test("a clock that is set counts only where it makes the state older, and a timer that is early waits on", () => {
  const { status, clock, taken } = setup(10);
  status.succeeded(true);
  taken();
  clock.set = -3_600_000;
  clock.advance(4_000);
  assert.deepEqual([status.current.ageSeconds, status.current.state], [4, "ready"]);
  clock.set = 3_600_000;
  assert.deepEqual([status.current.ageSeconds, status.current.state], [3604, "stale"]);
  // At the time of the timer the clock has been set back again: elapsed time counts all the same.
  clock.set = 0;
  clock.advance(6_000);
  assert.deepEqual(taken(), ["log changed stale", "status stale streaming"]);

  // A timer at whose time the state is not stale yet, since elapsed time stood still meanwhile.
  const early = setup(10);
  const elapsed = early.clock.elapsed.bind(early.clock);
  early.status.succeeded(true);
  early.clock.elapsed = () => elapsed() - 500;
  early.clock.set = -500;
  early.taken();
  early.clock.advance(10_000);
  assert.deepEqual([early.status.current.state, early.taken()], ["ready", []]);
  assert.deepEqual(early.clock.timers, [{ millis: 500, background: true }]);
  early.clock.advance(500);
  assert.deepEqual(early.taken(), ["log changed stale", "status stale streaming"]);
});

function stateOf(digest: string | undefined, done: string[] = []): CompiledState {
  return { digest, release: () => done.push(`release ${digest}`) } as unknown as CompiledState;
}

function holderOf(errorStrategy: ErrorStrategy = "fail", source?: DocumentSource): StateHolder {
  return new StateHolder({ namespace: "shop", errorStrategy, source });
}

test("a holder begins with a state that knows no flag", () => {
  const holder = holderOf();
  assert.deepEqual([holder.hasState, holder.isAnswering, holder.digest, holder.version], [
    false,
    true,
    undefined,
    undefined,
  ]);
  assert.equal(holder.answering, holder.held);
  assert.deepEqual([holder.holds(undefined), holder.holds("d")], [false, false]);
});

test("a state takes the place of another, which is released after whoever watches has heard", () => {
  const holder = holderOf();
  const done: string[] = [];
  const [one, two] = [stateOf("one", done), stateOf(undefined, done)];
  holder.watch(({ digest }) => done.push(`watched ${digest}`));
  holder.replace(one, { etag: "e" });
  assert.deepEqual([holder.held, holder.answering, holder.digest, holder.version], [one, one, "one", {
    etag: "e",
  }]);
  assert.deepEqual([holder.hasState, holder.holds("one"), holder.holds("two")], [true, true, false]);
  holder.replace(two, undefined);
  assert.deepEqual([holder.held, holder.version, holder.holds(undefined)], [two, undefined, false]);
  assert.deepEqual(done, ["watched one", "watched undefined", "release one"]);
});

test("a state that is replaced while somebody answers from it is released after that", () => {
  const holder = holderOf();
  const done: string[] = [];
  const one = stateOf("one", done);
  holder.replace(one, undefined);
  const end = lease(one);
  holder.replace(stateOf("two", done), undefined);
  assert.deepEqual(done, []);
  end();
  assert.deepEqual(done, ["release one"]);
});

test("only under strict does a failure take the answers away, until a state is confirmed or comes", () => {
  const source = { load: () => Promise.reject() };
  for (const lenient of [holderOf("fail"), holderOf("fallback"), holderOf("strict", source)]) {
    lenient.replace(stateOf("one"), undefined);
    lenient.fail(new Error("no server"));
    assert.equal(lenient.isAnswering, true);
  }
  const holder = holderOf("strict");
  const one = stateOf("one");
  holder.replace(one, { etag: "e" });
  const cause = new Error("no server");
  holder.fail(cause);
  assert.deepEqual([holder.isAnswering, holder.held], [false, one]);
  assert.throws(() => holder.answering.evaluateVariant("f", "e", {}), (error) => {
    assert.ok(error instanceof EvaluationError);
    assert.equal(
      error.message,
      "the flag state could not be refreshed: no server " +
        '(with an errorStrategy other than "strict" the last good state would keep answering)',
    );
    assert.deepEqual([error.code, error.cause], ["STALE", cause]);
    return true;
  });
  holder.confirm();
  assert.deepEqual([holder.isAnswering, holder.version], [true, { etag: "e" }]);
  holder.confirm({ etag: "f" });
  assert.deepEqual(holder.version, { etag: "f" });
  holder.fail(cause);
  const two = stateOf("two");
  holder.replace(two, undefined);
  assert.equal(holder.answering, two);
});

test("a closed holder answers nothing, whatever comes", () => {
  const holder = holderOf("strict");
  const done: string[] = [];
  holder.replace(stateOf("one", done), { etag: "e" });
  holder.watch(() => assert.fail("nothing is put in place any more"));
  holder.close();
  assert.deepEqual(done.splice(0), ["release one"]);
  holder.replace(stateOf("late", done), { etag: "f" });
  holder.confirm({ etag: "f" });
  holder.fail(new Error("no server"));
  assert.deepEqual([done, holder.version, holder.isAnswering], [["release late"], { etag: "e" }, false]);
  assert.throws(() => holder.answering.evaluateBoolean("f", "e", {}), /the client is closed/);
});

test("an override is put before the state that answers and before each that follows, until the holder is closed", () => {
  const holder = holderOf("strict");
  const [one, two] = [stateOf("one"), stateOf("two")];
  holder.replace(one, undefined);
  holder.override({ before: (base) => ({ digest: base.digest, base }) as unknown as CompiledState });
  assert.deepEqual([holder.answering.base, holder.held, holder.isAnswering], [one, one, true]);
  holder.replace(two, undefined);
  assert.deepEqual([holder.answering.base, holder.held], [two, two]);
  holder.fail(new Error("no server"));
  assert.equal(holder.isAnswering, false);
  holder.confirm();
  assert.deepEqual([holder.answering.base, holder.isAnswering], [two, true]);
  const closed = holderOf();
  closed.close();
  closed.override({ before: () => assert.fail("nothing answers any more") });
  assert.throws(() => closed.answering.evaluateBoolean("f", "e", {}), /the client is closed/);
});
