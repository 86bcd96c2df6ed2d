// The small parts of a client's state, each by itself: fingerprints, snapshots in pieces, what is told of defaults, how an
// engine's states are waited for, and the states that stand where there is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError, EvaluationError } from "../../../core/errors.ts";
import type { Compilation, CompiledState, Engine } from "../../../engines/engine.ts";
import type { DefaultEvent } from "../../../src/evaluation/details.ts";
import { compileAll, finished } from "../../../src/state/compiling.ts";
import { defaultReporter } from "../../../src/state/default_reports.ts";
import { Listeners } from "../../../src/state/events.ts";
import { Fingerprint } from "../../../src/state/fingerprint.ts";
import { snapshotChunks } from "../../../src/state/snapshot_text.ts";
import { EmptyState, UnavailableState } from "../../../src/state/unavailable_states.ts";
import { compile, fullDocument } from "../../support/portable.ts";
import { ManualClock } from "../../support/runtime.ts";

function fingerprint(...chunks: Uint8Array[]): string {
  const made = new Fingerprint();
  for (const chunk of chunks) made.add(chunk);
  return made.text();
}

test("a fingerprint is of the bytes in their order, however they are cut", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, n) => n * 7);
  const whole = fingerprint(bytes);
  for (const cut of [0, 1, 150, 299, 300]) {
    assert.equal(fingerprint(bytes.subarray(0, cut), bytes.subarray(cut)), whole);
  }
  for (const size of [1, 2, 3, 5]) {
    const chunks = Array.from(
      { length: Math.ceil(300 / size) },
      (_, n) => bytes.subarray(n * size, n * size + size),
    );
    assert.equal(fingerprint(...chunks), whole, `${size} bytes at a time`);
  }
  const others = new Set([
    whole,
    fingerprint(),
    fingerprint(Uint8Array.of(0)),
    fingerprint(Uint8Array.of(1, 23)),
    fingerprint(Uint8Array.of(12, 3)),
    fingerprint(Uint8Array.of(0, 0)),
  ]);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 128]) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ bit;
      others.add(fingerprint(changed));
    }
    if (at > 1) others.add(fingerprint(bytes.subarray(0, at)));
    // Two neighbours that change places.
    const swapped = bytes.slice();
    [swapped[at - 1], swapped[at]] = [bytes[at] ?? 0, bytes[at - 1] ?? 0];
    if (at > 0) others.add(fingerprint(swapped));
  }
  assert.equal(others.size, 6 + 300 * 2 + 298 + 299);
  // Both halves tell documents of one length apart.
  const halves = [...others].filter((text) => text.startsWith("300.")).map((text) => text.split("."));
  for (const half of [1, 2]) assert.equal(new Set(halves.map((parts) => parts[half])).size, 1 + 600 + 299);
  assert.match(whole, /^300\.\d+\.\d+\.[\d,]*$/);
});

test("a snapshot comes in pieces, without the white space around it", () => {
  const text = "abcd".repeat(40_000);
  const pieces = [...snapshotChunks(` \n${text}\n`, { maxDocumentBytes: 1_000_000 })];
  assert.deepEqual(pieces.map(({ length }) => length), [65_536, 65_536, 160_000 - 2 * 65_536]);
  assert.equal(pieces.map((piece) => new TextDecoder().decode(piece)).join(""), text);
  assert.deepEqual([...snapshotChunks("  ", { maxDocumentBytes: 1 })], []);
});

test("a snapshot of more than eight characters for each byte of maxDocumentBytes is refused", () => {
  assert.equal([...snapshotChunks("x".repeat(80), { maxDocumentBytes: 10 })].length, 1);
  assert.throws(() => [...snapshotChunks("x".repeat(81), { maxDocumentBytes: 10 })], (error) => {
    assert.ok(error instanceof DocumentError);
    assert.match(
      error.message,
      /more than 80 characters, 8 for each byte of maxDocumentBytes: if that is right, raise/,
    );
    return true;
  });
});

function defaultEvent(flagKey: string, errorCode?: DefaultEvent["errorCode"]): DefaultEvent {
  return { flagKey, errorCode, errorMessage: errorCode && "because" } as DefaultEvent;
}

test("of a flag whose default stood in for an error there is a line a minute, and an event each time", () => {
  const clock = new ManualClock();
  const listeners = new Listeners();
  const [lines, events]: [string[], DefaultEvent[]] = [[], []];
  listeners.add("default", (event) => events.push(event));
  const report = defaultReporter(listeners, clock, (line) => lines.push(line));
  report(defaultEvent("quiet"));
  assert.deepEqual(lines, []);
  for (const advance of [0, 59_999, 1, 59_999, 1]) {
    clock.advance(advance);
    report(defaultEvent("a", "FLAG_NOT_FOUND"));
    report(defaultEvent("b", "FLAG_NOT_FOUND"));
  }
  const line = (key: string): string =>
    `flipt: the default is returned for flag "${key}" (FLAG_NOT_FOUND): because`;
  assert.deepEqual(lines, [line("a"), line("b"), line("a"), line("b"), line("a"), line("b")]);
  assert.equal(events.length, 11);
  assert.deepEqual(events[0], defaultEvent("quiet"));
});

test("there are at most a hundred such lines in a minute, whatever the flags are called", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const report = defaultReporter(new Listeners(), clock, (line) => lines.push(line));
  for (let n = 0; n < 150; n++) report(defaultEvent(`flag-${n}`, "FLAG_NOT_FOUND"));
  assert.equal(lines.length, 100);
  clock.advance(60_000);
  for (let n = 0; n < 150; n++) report(defaultEvent(`flag-${n}`, "FLAG_NOT_FOUND"));
  assert.equal(lines.length, 200);
});

/** A compilation whose state is given when the test says so, and what becomes of it. */
function manualCompilation() {
  const { promise, resolve, reject } = Promise.withResolvers<CompiledState>();
  const calls: string[] = [];
  const compilation: Compilation = {
    write: (chunk) => void calls.push(`write ${chunk.length}`),
    finish: () => {
      calls.push("finish");
      return promise;
    },
    abort: () => void calls.push("abort"),
  };
  const state = { release: () => void calls.push("release") } as unknown as CompiledState;
  const engine = { info: { kind: "portable" }, compile: () => compilation } as Engine;
  return { compilation, calls, state, engine, resolve, reject };
}

test("what is compiled of bytes that are there is the engine's state", async () => {
  const { engine, calls, state, resolve } = manualCompilation();
  resolve(state);
  const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const { signal } = new AbortController();
  assert.equal(await compileAll(engine, "document", "default", chunks, signal), state);
  assert.deepEqual(calls, ["write 2", "write 1", "finish"]);
});

test("a compilation that fails is aborted, and so is one that nobody waits for", async () => {
  const failed = manualCompilation();
  const reason = new Error("not valid");
  failed.reject(reason);
  const { signal } = new AbortController();
  await assert.rejects(compileAll(failed.engine, "document", "d", [], signal), (error) => error === reason);
  assert.deepEqual(failed.calls, ["finish", "abort"]);

  const late = manualCompilation();
  const end = new AbortController();
  const compiled = compileAll(late.engine, "document", "d", [], end.signal);
  // Only what waits for the engine is of interest here.
  while (!late.calls.includes("finish")) await Promise.resolve();
  end.abort(reason);
  await assert.rejects(compiled, (error) => error === reason);
  assert.deepEqual(late.calls, ["finish", "abort"]);
  late.resolve(late.state);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(late.calls, ["finish", "abort", "release"]);
});

test("a state that comes while it is waited for is not released", async () => {
  const { compilation, calls, state, resolve } = manualCompilation();
  resolve(state);
  assert.equal(await finished(compilation, new AbortController().signal), state);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(calls, ["finish"]);
});

test("a state that cannot answer throws what it was given, anew each time", () => {
  const state = new UnavailableState((flagKey) => new EvaluationError(`no ${flagKey}`));
  assert.throws(() => state.evaluateVariant("v"), { message: "no v" });
  assert.throws(() => state.evaluateBoolean("b"), { message: "no b" });
  assert.throws(() => state.evaluate("f"), { message: "no f" });
  assert.throws(() => state.listFlags(), { message: "no " });
  assert.throws(() => state.snapshot(), { message: "no " });
  state.release();
});

test("a client that has fetched nothing knows no flag, and has no snapshot", async () => {
  const state = new EmptyState("shop");
  assert.equal(state.evaluate(), undefined);
  assert.deepEqual(state.listFlags(), []);
  assert.throws(() => state.evaluateVariant("v"), (error) => {
    assert.ok(error instanceof EvaluationError);
    assert.deepEqual([error.message, error.code], [
      "invalid request: failed to get flag information shop/v",
      "NOT_READY",
    ]);
    return true;
  });
  assert.throws(() => state.snapshot(), /no flag state to take a snapshot of: none has been fetched yet/);
  assert.deepEqual(state.changedFlags(await compile(fullDocument())), ["v"]);
});

test("listeners that are closed are told nothing any more, and no others come", () => {
  const listeners = new Listeners();
  const events: string[] = [];
  const add = (name: string): () => void =>
    listeners.add("error", ({ message }) => events.push(`${name}: ${message}`));
  const remove = add("one");
  add("two");
  listeners.emit("error", new Error("first"));
  remove();
  remove();
  assert.deepEqual([listeners.has("error"), listeners.has("update")], [true, false]);
  listeners.emit("error", new Error("second"));
  listeners.close();
  assert.equal(listeners.has("error"), false);
  const removeLate = add("late");
  listeners.emit("error", new Error("third"));
  removeLate();
  assert.deepEqual(events, ["one: first", "two: first", "two: second"]);
});
