// Exposures: each is sent once, in batches, and whatever happens within bounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvaluationHook, FliptClient, type HookAnswer, ValidationError } from "../../mod.ts";
import { type Exposure, type ExposureOptions, trackExposures } from "../../exposure/mod.ts";
import { RecentKeys } from "../../exposure/recent_keys.ts";
import { Tracker } from "../../exposure/tracker.ts";
import { ManualClock, shopDocument } from "../support/runtime.ts";

/** Tells a hook of an answer. */
function tell(hook: Partial<EvaluationHook>, entityId: string, more: Partial<HookAnswer> = {}): void {
  hook.after?.({
    flagKey: "banner",
    entityId,
    context: { secret: "yes" },
    requestId: "1",
    flagType: "variant",
    value: "winter",
    reason: "MATCH_EVALUATION_REASON",
    segmentKeys: [],
    digest: "d1",
    ...more,
  });
}

/** A tracker that keeps its batches, on a clock of the test. */
function tracked(
  more: Partial<ExposureOptions> = {},
): { readonly tracker: Tracker; readonly clock: ManualClock; readonly batches: (readonly Exposure[])[] } {
  const batches: (readonly Exposure[])[] = [];
  const clock = new ManualClock();
  const tracker = new Tracker({ send: (batch) => void batches.push(batch), ...more }, clock);
  return { tracker, clock, batches };
}

/** Lets what is being sent be sent. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

test("an evaluation is an exposure, once for an entity, a flag, an answer and a state", async () => {
  const { tracker, batches } = tracked();
  using client = await FliptClient.init({
    namespace: "shop",
    hooks: [tracker.hook],
    fetcher: () => Promise.resolve(Response.json(shopDocument())),
    updateInterval: 0,
    engine: "portable",
  });
  for (let count = 0; count < 3; count++) client.evaluateVariant("checkout-flow", "staff-1", { a: 1 });
  await tracker.flush();
  const [[exposure] = []] = batches;
  const { requestId, ...rest } = exposure ?? {};
  assert.equal(typeof requestId, "string");
  assert.deepEqual(batches.length, 1);
  assert.deepEqual(rest, {
    flagKey: "checkout-flow",
    entityId: "staff-1",
    flagType: "variant",
    value: "express",
    reason: "MATCH_EVALUATION_REASON",
    segmentKeys: ["staff"],
    attachment: "null",
    digest: client.status.digest,
    timestamp: "2030-01-01T00:00:00.000Z",
  });
  for (const more of [{ flagKey: "other" }, { value: "summer" }, { digest: "d2" }, { digest: undefined }]) {
    tell(tracker.hook, "user-1", more);
    tell(tracker.hook, "user-1", more);
  }
  tell(tracker.hook, "user-2", { flagKey: "other" });
  await tracker.flush();
  assert.equal(batches[1]?.length, 5);
  assert.ok(!("context" in (batches[1][0] ?? {})));
});

test("a batch is sent when its time has come, or when it is full", async () => {
  const { tracker, clock, batches } = tracked({ flushInterval: 5, maxBatch: 3 });
  tell(tracker.hook, "1");
  clock.advance(4_000);
  tell(tracker.hook, "2");
  assert.equal(batches.length, 0);
  assert.ok(clock.timers.every(({ background }) => background));
  clock.advance(1_000);
  await turn();
  assert.deepEqual(batches.map((batch) => batch.map(({ entityId }) => entityId)), [["1", "2"]]);
  for (const entityId of ["3", "4", "5", "6"]) tell(tracker.hook, entityId);
  await turn();
  assert.deepEqual(batches[1]?.map(({ entityId }) => entityId), ["3", "4", "5"]);
  await tracker.flush();
  assert.equal(batches.flat().length, 6);
  assert.deepEqual(clock.timers, []);
});

test("a batch that fails is sent again with the next, and is reported once", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  let isDown = true;
  const sent: string[][] = [];
  const { tracker, clock } = tracked({
    send: (batch) => {
      if (isDown) throw new Error("down");
      sent.push(batch.map(({ entityId }) => entityId));
    },
  });
  tell(tracker.hook, "1");
  await tracker.flush();
  tell(tracker.hook, "2");
  clock.advance(10_000);
  await turn();
  assert.deepEqual(sent, []);
  isDown = false;
  clock.advance(10_000);
  await turn();
  assert.deepEqual(sent, [["1", "2"]]);
  assert.equal(warned.mock.callCount(), 1);
  assert.match(String(warned.mock.calls[0]?.arguments[0]), /^flipt: exposures could not be sent/);
});

test("what waits and what is remembered is bounded, and what is dropped is counted", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { tracker } = tracked({
    send: () => Promise.reject(new Error("down")),
    maxWaiting: 10,
    maxBatch: 8,
    flushInterval: 60,
  });
  for (let count = 0; count < 30; count++) tell(tracker.hook, String(count));
  await turn();
  await tracker.flush();
  // Eight were being sent, ten waited, and eight came back for which there was no room.
  assert.equal(tracker.dropped, 20);
  await tracker.close();
  assert.equal(tracker.dropped, 30);
  const keys = new RecentKeys(10);
  for (let count = 0; count < 100; count++) keys.add(String(count));
  assert.ok(keys.add("99") && keys.add("95"));
  assert.ok(!keys.add("80"));
});

test("what was dropped is recorded when it is seen again and there is room", async (context) => {
  context.mock.method(console, "warn", () => {});
  let isDown = true;
  const sent: string[] = [];
  const { tracker } = tracked({
    maxWaiting: 4,
    maxBatch: 3,
    send: (batch) => {
      if (isDown) throw new Error("down");
      sent.push(...batch.map(({ entityId }) => entityId));
    },
  });
  const seen = ["1", "2", "3", "4", "5", "6", "7"];
  for (const entityId of seen) tell(tracker.hook, entityId);
  await turn();
  assert.equal(tracker.dropped, 3);
  isDown = false;
  await tracker.flush();
  for (const entityId of seen) tell(tracker.hook, entityId);
  await tracker.flush();
  assert.deepEqual(sent.toSorted(), seen);
});

test("while sending fails, full batches wait for their time", async (context) => {
  context.mock.method(console, "warn", () => {});
  let isDown = true;
  let calls = 0;
  const { tracker, clock } = tracked({
    maxBatch: 2,
    send: () => {
      calls++;
      if (isDown) throw new Error("down");
    },
  });
  const tellSome = async (name: string): Promise<void> => {
    for (let count = 0; count < 10; count++) {
      tell(tracker.hook, `${name} ${count}`);
      await turn();
    }
  };
  await tellSome("first");
  assert.equal(calls, 1);
  clock.advance(10_000);
  await turn();
  assert.equal(calls, 2);
  isDown = false;
  clock.advance(10_000);
  await turn();
  assert.equal(calls, 7);
  await tellSome("later");
  assert.equal(calls, 12);
});

test("a waitUntil that throws is reported once, and exposures are sent all the same", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const { tracker, clock, batches } = tracked({
    waitUntil: () => {
      throw new TypeError("Illegal invocation");
    },
  });
  tell(tracker.hook, "1");
  clock.advance(10_000);
  tell(tracker.hook, "2");
  await tracker.flush();
  await tracker.close();
  assert.equal(batches.flat().length, 2);
  assert.deepEqual(warned.mock.calls.map(({ arguments: [line] }) => line), [
    "flipt: waitUntil failed; exposures are sent all the same (further failures of it are not reported):",
  ]);
});

test("a sample is always the same entities, about as many as it should be", async () => {
  const sampled = async (): Promise<string[]> => {
    const { tracker, batches } = tracked({ sampleRate: 0.1 });
    for (let count = 0; count < 2_000; count++) tell(tracker.hook, `user-${count}`);
    await tracker.flush();
    return batches.flat().map(({ entityId }) => entityId);
  };
  const entities = await sampled();
  assert.ok(entities.length > 120 && entities.length < 280, `${entities.length}`);
  assert.deepEqual(await sampled(), entities);
  const { tracker, batches } = tracked({ sampleRate: 0 });
  tell(tracker.hook, "user-1");
  await tracker.flush();
  assert.deepEqual(batches, []);
});

test("closing sends what waits, and ends the tracking; waitUntil is given each sending", async () => {
  const sendings: Promise<void>[] = [];
  const { tracker, clock, batches } = tracked({
    waitUntil: (sending) => sendings.push(sending),
    withContext: true,
  });
  tell(tracker.hook, "1");
  await tracker.close();
  tell(tracker.hook, "2");
  await tracker.close();
  assert.equal(batches.flat().length, 1);
  assert.deepEqual(batches[0]?.[0]?.context, { secret: "yes" });
  assert.equal(sendings.length, 1);
  await Promise.all(sendings);
  assert.deepEqual(clock.timers, []);
});

test("closing tries once more what could not be sent, and says nothing if that succeeds", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  let failures = 1;
  const sent: string[] = [];
  const { tracker, clock } = tracked({
    maxBatch: 2,
    send: (batch) => {
      if (failures-- > 0) throw new Error("down");
      sent.push(...batch.map(({ entityId }) => entityId));
    },
  });
  tell(tracker.hook, "1");
  await tracker.close();
  assert.deepEqual([sent, tracker.dropped, warned.mock.callCount()], [["1"], 0, 0]);
  assert.deepEqual(clock.timers, []);
});

test("what closing cannot send is dropped, counted and reported", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  let calls = 0;
  const { tracker, clock } = tracked({
    send: () => {
      calls++;
      return Promise.reject(new Error(`down ${calls}`));
    },
  });
  tell(tracker.hook, "1");
  clock.advance(10_000);
  await turn();
  tell(tracker.hook, "2");
  await Promise.all([tracker.close(), tracker.close(), tracker.flush()]);
  await tracker[Symbol.asyncDispose]();
  assert.deepEqual([calls, tracker.dropped], [3, 2]);
  const lines = warned.mock.calls.map(({ arguments: [line, error] }) => [line, (error as Error).message]);
  assert.deepEqual(lines, [
    [
      "flipt: exposures could not be sent; they are sent again with the next batch (further failures are not reported):",
      "down 1",
    ],
    ["flipt: exposures could not be sent by close(), and are dropped (2):", "down 3"],
  ]);
  assert.deepEqual(clock.timers, []);
});

test("a batch that fails while closing begins is sent again", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const sent: string[][] = [];
  let fail: ((error: Error) => void) | undefined;
  const { tracker, clock } = tracked({
    send: (batch) => {
      if (fail === undefined) return new Promise((_, reject) => fail = reject);
      sent.push(batch.map(({ entityId }) => entityId));
    },
  });
  tell(tracker.hook, "1");
  clock.advance(10_000);
  tell(tracker.hook, "2");
  const closed = tracker.close();
  fail?.(new Error("down"));
  await closed;
  assert.deepEqual([sent, tracker.dropped, warned.mock.callCount()], [[["1", "2"]], 0, 0]);
});

test("exposures of one that is slow wait for it", async () => {
  const gates: (() => void)[] = [];
  const sizes: number[] = [];
  const { tracker } = tracked({
    maxBatch: 2,
    send: (batch) => {
      sizes.push(batch.length);
      return new Promise<void>((resolve) => gates.push(resolve));
    },
  });
  for (const entityId of ["1", "2", "3", "4"]) tell(tracker.hook, entityId);
  await turn();
  assert.deepEqual(sizes, [2]);
  gates[0]?.();
  await turn();
  assert.deepEqual(sizes, [2, 2]);
  const flushed = tracker.flush();
  gates[1]?.();
  await flushed;
});

test("options that are no use are refused", () => {
  const send = (): void => {};
  const cases: readonly [unknown, RegExp][] = [
    [undefined, /^trackExposures\(\) takes an object of options, but was given undefined$/],
    [{}, /send must be a function, but is undefined/],
    [{ send, flushIntervall: 2 }, /^unknown option "flushIntervall" of .*; did you mean "flushInterval"\?$/],
    [{ send, sampleRate: 2 }, /sampleRate must be a number from 0 to 1, but is 2$/],
    [{ send, sampleRate: "0.5" }, /sampleRate must be a number from 0 to 1, but is a string$/],
    [{ send, sampleRate: null }, /sampleRate must be a number from 0 to 1, but is null$/],
    [{ send, flushInterval: 0 }, /flushInterval must be a positive number of seconds, .* but is 0$/],
    [{ send, flushInterval: "5" }, /flushInterval must be .* but is a string$/],
    [{ send, maxBatch: 0 }, /maxBatch must be a positive whole number, but is 0$/],
    [{ send, withContext: "false" }, /withContext must be true or false, but is a string$/],
    [{ send, withOverrides: 1 }, /withOverrides must be true or false, but is a number$/],
    [{ send, waitUntil: 1 }, /waitUntil must be a function/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => trackExposures(options as ExposureOptions), (error: unknown) => {
      return error instanceof ValidationError && message.test(error.message);
    });
  }
});
