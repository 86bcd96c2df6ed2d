// Cycles of updating, in the middle of parts that the test holds: how many attempts one makes and when it gives up, and how
// a source that is watched starts one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError } from "../../../core/errors.ts";
import type { DocumentSource } from "../../../src/options/document_source.ts";
import type { Version } from "../../../src/sources/version.ts";
import type { Fetched } from "../../../src/sync/fetch_attempt.ts";
import type { StateHolder } from "../../../src/state/state_holder.ts";
import type { StateUpdates } from "../../../src/sync/state_updates.ts";
import { MAX_ATTEMPTS, MAX_RETRY_AFTER_SECONDS, Updater } from "../../../src/sync/updater.ts";
import { WatchedSource } from "../../../src/sync/watched_source.ts";
import { ManualClock } from "../../support/runtime.ts";

/** Settles when all that is ready to run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function failure(more: { retryable?: boolean; retryAfter?: number } = {}): FetchError {
  return new FetchError("it failed", { url: "http://localhost/", status: 503, retryable: true, ...more });
}

/** An updater whose attempts end as the test says, in order. */
function updaterOf(
  outcomes: (Fetched | Error)[],
  { intervalSeconds = 120, hasState = true }: { intervalSeconds?: number; hasState?: boolean } = {},
) {
  const clock = new ManualClock();
  clock.skipped = -1;
  clock.chance = 1;
  const lifetime = new AbortController();
  const told: string[] = [];
  const lines: unknown[][] = [];
  const holder = { version: { etag: "held" }, hasState } as StateHolder;
  const updates = {
    fetched: ({ askedAt }: Fetched) => {
      told.push(`fetched ${askedAt}`);
      return true;
    },
    failed: (error: Error) => void told.push(`failed: ${error.message}`),
  } as unknown as StateUpdates;
  const fetchOnce = (held: Version | undefined): Promise<Fetched> => {
    told.push(`asked ${held?.etag}`);
    const outcome = outcomes.shift();
    return outcome instanceof Error || outcome === undefined
      ? Promise.reject(outcome ?? new Error("too many attempts"))
      : Promise.resolve(outcome);
  };
  const updater = new Updater({
    ...{ fetchOnce, holder, stateUpdates: updates, clock, settings: { updateInterval: intervalSeconds } },
    ...{ lifetime: lifetime.signal, warn: (...line: readonly unknown[]) => void lines.push([...line]) },
  });
  return { updater, clock, lifetime, told, lines };
}

const good: Fetched = { askedAt: 7 };

test("a cycle whose first attempt succeeds is one attempt, and is joined while it runs", async () => {
  const { updater, told, clock } = updaterOf([good, good]);
  let ended = 0;
  const forget = updater.observe(() => ended++);
  const [first, joined] = [updater.update(), updater.update({ background: true })];
  assert.deepEqual(await Promise.all([first, joined, updater.idle()]), [true, true, undefined]);
  assert.deepEqual(told, ["asked held", "fetched 7"]);
  assert.deepEqual([ended, updater.waitAfterFailureMs, clock.timers], [1, undefined, []]);
  forget();
  await updater.update();
  assert.equal(ended, 1);
});

test("an updater is idle when its cycle has ended, however that was", async () => {
  const { updater, clock } = updaterOf([failure(), failure({ retryable: false })]);
  let isIdle = false;
  const updated = updater.update();
  const idle = updater.idle().then(() => isIdle = true);
  await settled();
  assert.equal(isIdle, false);
  clock.advance(1000);
  await assert.rejects(updated);
  await idle;
});

test("a cycle tries four times, waits ever longer between, and then fails with what it went through", async () => {
  const { updater, clock, told, lines } = updaterOf([failure(), failure(), failure(), failure()]);
  assert.equal(MAX_ATTEMPTS, 4);
  let ended = 0;
  updater.observe(() => ended++);
  const updated = updater.update();
  const waits: number[] = [];
  for (let n = 1; n < 4; n++) {
    await settled();
    const [timer] = clock.timers;
    assert.equal(timer?.background, false);
    waits.push(timer?.millis ?? NaN);
    clock.advance(timer?.millis ?? 0);
  }
  await assert.rejects(updated, { message: "it failed (4 attempts in 7.0 s)" });
  assert.deepEqual(waits, [1000, 2000, 4000]);
  const asked = "asked held";
  assert.deepEqual(told, [asked, asked, asked, asked, "failed: it failed (4 attempts in 7.0 s)"]);
  assert.deepEqual([updater.waitAfterFailureMs, ended, lines], [8000, 1, []]);
});

test("while fetching fails a cycle is one attempt, and a good one ends that", async () => {
  const { updater, clock, told } = updaterOf([
    failure({ retryable: false }),
    failure(),
    good,
    failure(),
    good,
  ]);
  await assert.rejects(updater.update());
  assert.equal(updater.waitAfterFailureMs, 1000);
  await assert.rejects(updater.update({ background: true }));
  assert.equal(updater.waitAfterFailureMs, 2000);
  assert.equal(await updater.update({ background: true }), true);
  assert.equal(updater.waitAfterFailureMs, undefined);
  // From the start again: a retry, after the shortest wait.
  const updated = updater.update({ background: true });
  await settled();
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [1000]);
  clock.advance(1000);
  assert.equal(await updated, true);
  assert.equal(told.filter((line) => line.startsWith("failed")).length, 2);
});

test("who waits for a cycle gets all its attempts, also while fetching fails", async () => {
  const { updater, clock } = updaterOf([
    failure({ retryable: false }),
    failure({ retryable: false }),
    failure(),
    good,
  ]);
  for (let n = 0; n < 2; n++) await assert.rejects(updater.update({ background: true }));
  assert.equal(updater.waitAfterFailureMs, 2000);
  const updated = updater.update();
  await settled();
  assert.equal((updater.failure as Error).message, "it failed");
  // After the shortest wait, as at any other time.
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [1000]);
  clock.advance(1000);
  assert.equal(await updated, true);
  assert.equal(updater.failure, undefined);
});

test("who joins a cycle that polls while fetching fails gets all its attempts, too", async () => {
  const { updater, clock } = updaterOf([failure({ retryable: false }), failure(), good]);
  await assert.rejects(updater.update({ background: true }));
  void updater.update({ background: true }).catch(() => {});
  const joined = updater.update();
  await settled();
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [1000]);
  clock.advance(1000);
  assert.equal(await joined, true);
});

test("an error that is none of fetching is not tried again", async () => {
  const { updater, told } = updaterOf([new Error("broken")]);
  await assert.rejects(updater.update(), { message: "broken" });
  assert.deepEqual(told, ["asked held", "failed: broken"]);
});

test("who asks for flags meanwhile cuts the wait before a retry, a poll does not", async () => {
  const { updater, clock } = updaterOf([failure(), good]);
  const updated = updater.update({ background: true });
  await settled();
  assert.deepEqual(clock.timers, [{ millis: 1000, background: true }]);
  void updater.update({ background: true });
  await settled();
  assert.equal(clock.timers.length, 1);
  void updater.update();
  assert.equal(await updated, true);
  assert.deepEqual(clock.timers, []);
});

test("the wait after a failure is within the interval, and after what the server asked for", async () => {
  const cases = [
    [120, undefined, 1000],
    [0.5, undefined, 500],
    [0, undefined, 1000],
    [120, 10, 11_000],
    [0.5, 10, 11_000],
    [120, 100_000, MAX_RETRY_AFTER_SECONDS * 1000 + 1000],
  ] as const;
  assert.equal(MAX_RETRY_AFTER_SECONDS, 600);
  for (const [intervalSeconds, retryAfter, wait] of cases) {
    const { updater } = updaterOf([failure({ retryable: false, retryAfter })], { intervalSeconds });
    await assert.rejects(updater.update());
    assert.equal(updater.waitAfterFailureMs, wait, `${intervalSeconds} s, ${retryAfter}`);
  }
});

test("a backoff may grow to the interval, and to thirty seconds with a shorter one", async () => {
  for (const [intervalSeconds, longest] of [[120, 120_000], [20, 20_000], [0, 30_000]] as const) {
    const { updater } = updaterOf(Array.from({ length: 10 }, () => failure({ retryable: false })), {
      intervalSeconds,
    });
    for (let n = 0; n < 10; n++) await assert.rejects(updater.update({ background: true }));
    assert.equal(updater.waitAfterFailureMs, longest);
  }
});

test("a wait of more than thirty seconds is left to the next cycle", async () => {
  const { updater, told } = updaterOf([failure({ retryAfter: 29.001 })]);
  await assert.rejects(updater.update(), { message: "it failed" });
  assert.deepEqual([told.length, updater.waitAfterFailureMs], [2, 30_001]);
  const patient = updaterOf([failure({ retryAfter: 29 }), good]);
  const updated = patient.updater.update();
  await settled();
  assert.deepEqual(patient.clock.timers.map(({ millis }) => millis), [30_000]);
  patient.clock.advance(30_000);
  assert.equal(await updated, true);
});

test("one attempt is enough where whoever starts the client says so, and is only asked of the first", async () => {
  let asked = 0;
  const isOneEnough = (answer: boolean) => () => {
    asked++;
    return Promise.resolve(answer);
  };
  const enough = updaterOf([failure()]);
  await assert.rejects(enough.updater.update({ isOneEnough: isOneEnough(true) }), { message: "it failed" });
  assert.deepEqual([asked, enough.updater.waitAfterFailureMs], [1, 1000]);
  const more = updaterOf([failure(), failure(), good]);
  const updated = more.updater.update({ isOneEnough: isOneEnough(false) });
  for (let n = 0; n < 2; n++) {
    await settled();
    more.clock.advance(10_000);
  }
  assert.equal(await updated, true);
  assert.equal(asked, 2);
});

test("a first fetch that is tried again is told to who waits for the first flags", async () => {
  const { updater, clock, lines } = updaterOf([failure(), failure(), good], { hasState: false });
  const updated = updater.update();
  for (let n = 0; n < 2; n++) {
    await settled();
    clock.advance(10_000);
  }
  await updated;
  assert.deepEqual(lines, [["flipt: the first fetch failed and is retried:", "it failed"]]);
  const quiet = updaterOf([failure(), good], { hasState: false });
  const background = quiet.updater.update({ background: true });
  await settled();
  quiet.clock.advance(10_000);
  await background;
  assert.deepEqual(quiet.lines, []);
});

test("the end of the client ends a cycle with its reason, before it, in it and in a wait", async () => {
  const reason = new Error("closed");
  const isReason = (error: unknown): boolean => error === reason;
  const waiting = updaterOf([failure()]);
  const updated = waiting.updater.update();
  await settled();
  waiting.lifetime.abort(reason);
  await assert.rejects(updated, isReason);
  assert.deepEqual([waiting.told, waiting.clock.timers], [["asked held"], []]);
  await assert.rejects(waiting.updater.update(), isReason);
  assert.deepEqual(waiting.told, ["asked held"]);

  const asking = updaterOf([failure({ retryable: false })]);
  const asked = asking.updater.update();
  asking.lifetime.abort(reason);
  await assert.rejects(asked, isReason);
  assert.deepEqual(asking.told, ["asked held"]);
  await asking.updater.idle();
});

/** A source that says that it has changed when the test does, and an updater whose cycles the test ends. */
function watched() {
  let changed = (): void => assert.fail("nobody watches");
  let [stopped, started] = [0, 0];
  const ends: (() => void)[] = [];
  const source = {
    watch: (onChange: () => void) => {
      changed = onChange;
      return () => void stopped++;
    },
  } as unknown as DocumentSource;
  const updater = {
    idle: () => Promise.resolve(),
    update: ({ background }: { background: boolean }) => {
      assert.equal(background, true);
      started++;
      const { promise, reject } = Promise.withResolvers<boolean>();
      ends.push(() => reject(new Error("recorded elsewhere")));
      return promise;
    },
  } as unknown as Updater;
  const lifetime = new AbortController();
  new WatchedSource(source, "shop").follow(updater, lifetime.signal);
  return {
    lifetime,
    changed: () => changed(),
    end: () => ends.shift()?.(),
    counts: () => ({ started, stopped }),
  };
}

test("a change of a watched source is an update, and one in the middle of it another", async () => {
  const { changed, end, counts } = watched();
  changed();
  await settled();
  assert.deepEqual(counts(), { started: 1, stopped: 0 });
  changed();
  changed();
  await settled();
  assert.equal(counts().started, 1);
  end();
  await settled();
  assert.equal(counts().started, 2);
  end();
  await settled();
  assert.equal(counts().started, 2);
  changed();
  await settled();
  assert.equal(counts().started, 3);
});

test("nothing is watched any more after the end of the client", async () => {
  const { changed, end, counts, lifetime } = watched();
  changed();
  await settled();
  changed();
  lifetime.abort();
  end();
  await settled();
  assert.deepEqual(counts(), { started: 1, stopped: 1 });
});

test("a source that cannot be watched is not", () => {
  const lifetime = new AbortController();
  for (const source of [{}, { watch: () => undefined }]) {
    new WatchedSource(source as unknown as DocumentSource, "shop").follow({} as Updater, lifetime.signal);
  }
  lifetime.abort();
});
