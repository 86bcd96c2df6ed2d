// The time that a compilation may take: that of a request, whichever way the document came, and none once nobody waits for
// it any more, in every engine.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { EngineError, FetchError } from "../../../core/errors.ts";
import type { CompiledState } from "../../../engines/engine.ts";
import { Initializer } from "../../../engines/flipt_engine_ffi/initializer.ts";
import { ReferenceLibrary } from "../../../engines/flipt_engine_ffi/reference_library.ts";
import { openReferenceEngine } from "../../../engines/flipt_engine_ffi/mod.ts";
import { Stage } from "../../../engines/flipt_engine_ffi/stage.ts";
import { builtLibraryPath } from "../../../engines/native/library_path.ts";
import { openNativeEngine } from "../../../engines/native/mod.ts";
import { Count, symbols } from "../../../engines/native/symbols.ts";
import { loadFfi } from "../../../ffi/mod.ts";
import { fetchOnce } from "../../../src/sync/fetch_attempt.ts";
import { PushedDocuments } from "../../../src/sync/pushed_documents.ts";
import { ensureEngine } from "../../../tasks/build_engine.ts";
import { referenceLibraryPath } from "../../../tasks/reference_library.ts";
import { CountingEngine, ManualClock } from "../../support/runtime.ts";

const bytes = new TextEncoder().encode('{"namespace":{"key":"shop"},"flags":[]}');
const url = "http://flipt.invalid";
const SETTINGS = { namespace: "shop", maxDocumentBytes: 1 << 30, requestTimeout: 30, bodyTimeout: 300 };

/** An engine that compiles for ever. */
function endlessEngine(): CountingEngine {
  const engine = new CountingEngine();
  engine.gate = new Promise(() => {});
  return engine;
}

/** Settles once `isSo`. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000 && !isSo(); turn++) await delay(2);
  assert.ok(isSo());
}

/** A document of about 5 MB, of small flags. */
function largeDocument(): Uint8Array {
  const flags = Array.from(
    { length: 250_000 },
    (_, n) =>
      `{"key":"flag-${n}","name":"","enabled":true,"rollouts":[{"threshold":{"percentage":${
        n % 100
      },"value":true}}]}`,
  );
  return new TextEncoder().encode(`{"namespace":{"key":"shop"},"flags":[${flags.join(",")}]}`);
}

test("the time for a request ends with its compilation, not with its body", async () => {
  const engine = endlessEngine();
  const clock = new ManualClock();
  const source = {
    url,
    ask: () =>
      Promise.resolve({
        kind: "document" as const,
        etag: undefined,
        chunks: (async function* () {
          yield await Promise.resolve(bytes);
        })(),
        discard: () => {},
      }),
  };
  const lifetime = new AbortController();
  const loaded = { source, engine };
  const attempt = fetchOnce(
    { loaded, settings: SETTINGS, clock, lifetime: lifetime.signal } as never,
    undefined,
  );
  await until(() => engine.open === 1);
  // All that can be done without the engine is done by then.
  await delay(0);
  clock.advance(30_000);
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof FetchError);
    assert.match(
      error.message,
      /sent a document that was not compiled within 30 s \(the option requestTimeout\)/,
    );
    return true;
  });
  assert.equal(engine.open, 0);
  assert.deepEqual(clock.timers, []);
});

test("a pushed document that is not compiled in the time for a request is given up, and the next one compiles", async () => {
  const engine = endlessEngine();
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const pushed: CompiledState[] = [];
  const states = {
    holds: () => false,
    confirmed: () => {},
    pushed: (state: CompiledState) => pushed.push(state),
  };
  const lifetime = new AbortController();
  const parts = { loaded: { engine }, clock, states, settings: SETTINGS, url, lifetime: lifetime.signal };
  const pushes = new PushedDocuments(parts as unknown as ConstructorParameters<typeof PushedDocuments>[0]);
  const push = (): void => {
    const sink = pushes.begin((error) => errors.push(error));
    sink.write(bytes);
    sink.end();
  };
  push();
  await until(() => clock.timers.length === 1);
  engine.gate = Promise.resolve();
  push();
  clock.advance(30_000);
  await until(() => pushes.isIdle);
  assert.match(String(errors), /sent a document that was not compiled within 30 s/);
  assert.deepEqual([pushed.length, engine.open, clock.timers.length], [1, 0, 0]);

  engine.gate = new Promise(() => {});
  push();
  await until(() => clock.timers.length === 1);
  lifetime.abort(new Error("closed"));
  await until(() => pushes.isIdle);
  assert.deepEqual([errors.length, engine.open, clock.timers.length], [1, 0, 0]);
});

const native = { skip: ensureEngine() === undefined && "the native engine could not be built" };

test("an aborted compilation in the native engine leaves its worker free", native, async () => {
  const engine = await openNativeEngine({ smallInScript: false });
  const { call } = await (await loadFfi()).open(builtLibraryPath(), symbols);
  const compilation = engine.compile("document", "shop");
  compilation.write(largeDocument());
  const finished = compilation.finish();
  assert.equal(call.flipt_ffi_count(Count.busyWorkers), 1);
  compilation.abort();
  await assert.rejects(finished, EngineError);
  await until(() => call.flipt_ffi_count(Count.busyWorkers) === 0);
  assert.equal(call.flipt_ffi_count(Count.loaders), 0);
});

test("a small document compiles in the native engine without a timer", native, async () => {
  const engine = await openNativeEngine({ smallInScript: false });
  const compilation = engine.compile("document", "shop");
  compilation.write(bytes);
  const original = globalThis.setTimeout;
  let timers = 0;
  globalThis.setTimeout = ((...parameters: Parameters<typeof original>) => {
    timers++;
    return original(...parameters);
  }) as typeof original;
  try {
    (await compilation.finish()).release();
  } finally {
    globalThis.setTimeout = original;
  }
  assert.equal(timers, 0);
});

test("a Worker is ended while it prepares, and neither before nor in the library", () => {
  const stages = (steps: (stage: Stage) => void): boolean => {
    const stage = new Stage();
    steps(stage);
    return stage.cancel();
  };
  assert.equal(stages(() => {}), false);
  assert.equal(stages((stage) => assert.ok(stage.prepare())), true);
  assert.equal(stages((stage) => assert.ok(stage.prepare() && stage.enterLibrary())), false);
  const cancelled = new Stage();
  cancelled.cancel();
  assert.equal(cancelled.prepare(), false);
  const late = new Stage();
  assert.ok(late.prepare());
  assert.ok(late.cancel());
  assert.equal(new Stage(late.memory).enterLibrary(), false);
});

test("an aborted compilation in the reference engine rejects at once, and the next one is done", async () => {
  const engine = await openReferenceEngine({ libraryPath: await referenceLibraryPath() });
  const compilation = engine.compile("document", "shop");
  compilation.write(largeDocument());
  const finished = compilation.finish();
  const next = engine.compile("document", "shop");
  next.write(bytes);
  const nextFinished = next.finish();
  compilation.abort();
  await assert.rejects(finished, EngineError);
  const state = await nextFinished;
  assert.deepEqual(state.listFlags(), []);
  state.release();
});

test("a Worker that prepares what nobody waits for is ended, also when it never comes to an end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-stopping-test-"));
  const entry = join(folder, "entry.mjs");
  const stage = new URL("../../../engines/flipt_engine_ffi/stage.ts", import.meta.url).href;
  writeFileSync(
    entry,
    `import { parentPort } from "node:worker_threads";
    import { Stage } from ${JSON.stringify(stage)};
    parentPort.on("message", ({ stage }) => {
      if (new Stage(stage).prepare()) for (;;);
      parentPort.postMessage({ failure: { message: "too early", isDocumentError: false } });
    });
    parentPort.postMessage({ ready: true });`,
  );
  try {
    const library = await ReferenceLibrary.open(await referenceLibraryPath());
    const initializer = new Initializer(library, pathToFileURL(entry));
    const input = { format: "document" as const, namespace: "shop", bytes: new Uint8Array(bytes) };
    const messages: string[] = [];
    // Until an abort comes after the Worker has begun.
    for (
      let wait = 0;
      wait < 60 && !messages.some((message) => /Worker .* has ended/.test(message));
      wait++
    ) {
      const aborting = new AbortController();
      const initialized = initializer.initialize({ ...input, bytes: new Uint8Array(bytes) }, aborting.signal);
      const outcome = initialized.then(() => "an engine", (error: Error) => error.message);
      await delay(wait * 50);
      aborting.abort(new EngineError("nobody waits"));
      messages.push(await outcome);
    }
    assert.match(messages.at(-1) ?? "", /Worker .* has ended/);
    assert.ok(
      messages.slice(0, -1).every((message) => /too early|nobody waits/.test(message)),
      String(messages),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
