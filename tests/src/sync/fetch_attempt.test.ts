// One attempt to fetch, between a source and an engine that the test holds: which limits run when, what is compiled, what
// is given up, and which version the state gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Compilation, CompiledState, Engine } from "../../../engines/engine.ts";
import type { Settings } from "../../../src/options/options.ts";
import type { Source, SourceResult } from "../../../src/sources/source.ts";
import type { Version } from "../../../src/sources/version.ts";
import { Fingerprint } from "../../../src/state/fingerprint.ts";
import { type Fetched, fetchOnce, type FetchParts } from "../../../src/sync/fetch_attempt.ts";
import { ManualClock } from "../../support/runtime.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5);

function fingerprintOf(bytes: Uint8Array): string {
  const fingerprint = new Fingerprint();
  fingerprint.add(bytes);
  return fingerprint.text();
}

/** Chunks that come when the test says so. */
class ManualChunks {
  readonly #next: PromiseWithResolvers<Uint8Array | undefined>[] = [Promise.withResolvers()];

  give(chunk: Uint8Array | undefined): void {
    this.#next.at(-1)?.resolve(chunk);
    this.#next.push(Promise.withResolvers());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let n = 0;; n++) {
      const chunk = await this.#next[n]?.promise;
      if (chunk === undefined) return;
      yield chunk;
    }
  }
}

interface SetupOptions {
  readonly result?: SourceResult | Promise<SourceResult> | Error;
  readonly digest?: string;
  readonly settings?: Partial<Settings>;
  /** What finishing the compilation gives; its state without. */
  readonly finish?: Promise<CompiledState>;
}

function setup({ result = { kind: "unchanged" }, digest, settings, finish }: SetupOptions) {
  const clock = new ManualClock();
  clock.skipped = -1;
  const lifetime = new AbortController();
  const done: string[] = [];
  let signal = new AbortController().signal;
  const state = { digest, release: () => void done.push("release") } as unknown as CompiledState;
  const compilation: Compilation = {
    write: (chunk) => void done.push(`write ${chunk.length}`),
    finish: () => {
      done.push("finish");
      return finish ?? Promise.resolve(state);
    },
    abort: () => void done.push("abort"),
  };
  const engine = {
    compile: (format: string, namespace: string) => {
      done.push(`compile ${format} ${namespace}`);
      return compilation;
    },
  } as unknown as Engine;
  const source: Source = {
    url: "http://localhost/",
    ask: (held, asked) => {
      done.push(`ask ${JSON.stringify(held) ?? "nothing"}`);
      signal = asked;
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
  };
  const parts: FetchParts = {
    ...{ loaded: { source, engine }, clock, lifetime: lifetime.signal },
    settings: {
      ...{ namespace: "shop", maxDocumentBytes: 100, requestTimeout: 10, bodyTimeout: 60 },
      ...settings,
    } as Settings,
  };
  const attempt = (held: Version | undefined): Promise<Fetched> => fetchOnce(parts, held);
  return { attempt, clock, lifetime, done, state, signal: () => signal };
}

function documentOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, etag?: string): SourceResult {
  return { kind: "document", etag, chunks, discard: () => {} };
}

/** Settles when all that is ready to run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

test("an answer that nothing has changed is no state, and leaves no timer", async () => {
  const { attempt, clock, done, lifetime } = setup({});
  assert.deepEqual(await attempt({ etag: "e" }), { askedAt: clock.elapsed() });
  assert.deepEqual([done, clock.timers], [['ask {"etag":"e"}'], []]);
  lifetime.abort();
});

test("a document is compiled chunk by chunk, and its state has the ETag and the digest", async () => {
  const { attempt, clock, done, state } = setup({ result: documentOf([BYTES, BYTES], "e"), digest: "d" });
  const fetched = await attempt(undefined);
  assert.deepEqual(fetched, {
    state,
    version: { etag: "e", digest: "d", fingerprint: undefined },
    askedAt: clock.elapsed(),
  });
  assert.deepEqual(done, ["ask nothing", "compile document shop", "write 5", "write 5", "finish"]);
  assert.deepEqual(clock.timers, []);
});

test("without an ETag, or with a reference, the bytes have a fingerprint", async () => {
  const version = async (
    etag: string | undefined,
    digest: string | undefined,
    reference: string | undefined,
  ) => {
    const { attempt } = setup({ result: documentOf([BYTES], etag), digest, settings: { reference } });
    return (await attempt(undefined)).version;
  };
  const fingerprint = fingerprintOf(BYTES);
  assert.deepEqual(await version(undefined, "d", undefined), { etag: undefined, digest: "d", fingerprint });
  // A v1 server's ETag is that of another branch, unless a digest is beside it.
  assert.deepEqual(await version("e", undefined, "main"), {
    etag: undefined,
    digest: undefined,
    fingerprint,
  });
  assert.deepEqual(await version("e", "d", "main"), { etag: "e", digest: "d", fingerprint });
  assert.deepEqual(await version("e", undefined, undefined), {
    etag: "e",
    digest: undefined,
    fingerprint: undefined,
  });
});

test("a document with the ETag that is held is not read", async () => {
  let discarded = 0;
  const chunks = { [Symbol.iterator]: () => assert.fail("it was read") };
  const result = { kind: "document", etag: "e", chunks, discard: () => discarded++ } as const;
  const { attempt, done, clock } = setup({ result });
  assert.deepEqual(await attempt({ etag: "e" }), { askedAt: clock.elapsed() });
  assert.deepEqual([discarded, done, clock.timers], [1, ['ask {"etag":"e"}'], []]);
});

test("a document with the bytes that are held is read and not compiled", async () => {
  const { attempt, done, clock } = setup({ result: documentOf([BYTES]) });
  assert.deepEqual(await attempt({ fingerprint: fingerprintOf(BYTES) }), {
    askedAt: clock.elapsed(),
  });
  assert.deepEqual(done.slice(1), ["compile document shop", "write 5", "abort"]);
});

test("a state with the digest that is held is released, and its version is news", async () => {
  const { attempt, done } = setup({ result: documentOf([BYTES], "new"), digest: "d" });
  const fetched: Fetched = await attempt({ etag: "old", digest: "d" });
  assert.equal(fetched.state, undefined);
  assert.deepEqual(fetched.version, { etag: "new", digest: "d", fingerprint: undefined });
  assert.deepEqual(done.slice(-2), ["finish", "release"]);
});

test("a document of as many bytes as allowed is taken, and one of more is not", async () => {
  const taken = setup({ result: documentOf([BYTES, BYTES]), settings: { maxDocumentBytes: 10 } });
  assert.equal((await taken.attempt(undefined)).state, taken.state);
  const refused = setup({ result: documentOf([BYTES, BYTES]), settings: { maxDocumentBytes: 9 } });
  await assert.rejects(refused.attempt(undefined), {
    message: "http://localhost/ sent more than 9 bytes: if that is right, raise the option maxDocumentBytes",
  });
  assert.deepEqual(refused.done.slice(1), ["compile document shop", "write 5", "abort"]);
  assert.deepEqual(refused.clock.timers, []);
});

test("a source or an engine that fails is the failure of the attempt", async () => {
  const reason = new Error("no answer");
  const silent = setup({ result: reason });
  await assert.rejects(silent.attempt(undefined), (error) => error === reason);
  assert.deepEqual([silent.done, silent.clock.timers], [["ask nothing"], []]);
  const broken = setup({ result: documentOf([BYTES]), finish: Promise.reject(reason) });
  await assert.rejects(broken.attempt(undefined), (error) => error === reason);
  assert.deepEqual(broken.done.slice(-2), ["finish", "abort"]);
});

test("an answer has requestTimeout to begin", () => {
  const { attempt, clock, signal } = setup({ result: new Promise(() => {}) });
  void attempt(undefined);
  assert.deepEqual(clock.timers, [{ millis: 10_000, background: false }]);
  clock.advance(9_999);
  assert.equal(signal().aborted, false);
  clock.advance(1);
  assert.equal(
    signal().reason.message,
    "http://localhost/ did not respond within 10 s (the option requestTimeout)",
  );
});

test("an answer that comes late leaves its first part the whole of requestTimeout", async () => {
  const late = Promise.withResolvers<SourceResult>();
  const chunks = new ManualChunks();
  const { attempt, clock, signal } = setup({ result: late.promise });
  void attempt(undefined).catch(() => {});
  clock.advance(9_000);
  late.resolve(documentOf(chunks));
  await settled();
  clock.advance(9_000);
  assert.equal(signal().aborted, false);
  clock.advance(1_000);
  assert.match(signal().reason.message, /sent no further data within 10 s/);
});

test("each part of an answer has requestTimeout, and all of it bodyTimeout", async () => {
  const slow = new ManualChunks();
  const { attempt, clock, signal, done } = setup({ result: documentOf(slow) });
  void attempt(undefined).catch(() => {});
  await settled();
  assert.deepEqual(clock.timers.map(({ millis }) => millis).sort(), [10_000, 60_000]);
  for (let n = 0; n < 5; n++) {
    clock.advance(9_999);
    slow.give(BYTES);
    await settled();
  }
  assert.deepEqual([signal().aborted, done.filter((line) => line === "write 5").length], [false, 5]);
  clock.advance(10_000);
  assert.equal(
    signal().reason.message,
    "http://localhost/ sent no further data within 10 s (the option requestTimeout)",
  );

  const endless = new ManualChunks();
  const other = setup({ result: documentOf(endless), settings: { maxDocumentBytes: 1000 } });
  void other.attempt(undefined).catch(() => {});
  for (let n = 0; n < 10; n++) {
    await settled();
    other.clock.advance(6_000);
    endless.give(BYTES);
  }
  assert.equal(
    other.signal().reason.message,
    "http://localhost/ sent no complete response within 60 s (the option bodyTimeout)",
  );
});

test("compiling has requestTimeout, and what is left of bodyTimeout", async () => {
  for (const [requestTimeout, option] of [[10, "requestTimeout"], [90, "bodyTimeout"]] as const) {
    const setting = { requestTimeout };
    const { attempt, clock, done } = setup({
      result: documentOf([BYTES]),
      settings: setting,
      finish: new Promise(() => {}),
    });
    const fetching = attempt(undefined);
    await settled();
    assert.equal(done.at(-1), "finish");
    const seconds = Math.min(requestTimeout, 60);
    clock.advance(seconds * 1000 - 1);
    await settled();
    assert.equal(done.at(-1), "finish");
    clock.advance(1);
    await assert.rejects(fetching, {
      message:
        `http://localhost/ sent a document that was not compiled within ${seconds} s (the option ${option})`,
    });
    assert.equal(done.at(-1), "abort");
    assert.deepEqual(clock.timers, []);
  }
});

test("the end of the client ends an attempt with its reason", async () => {
  const reason = new Error("closed");
  const chunks = new ManualChunks();
  const { attempt, lifetime, signal, done, clock } = setup({ result: documentOf(chunks) });
  const fetching = attempt(undefined);
  await settled();
  lifetime.abort(reason);
  assert.equal(signal().reason, reason);
  // As the chunks of a response do when their signal is aborted, this one ends.
  chunks.give(undefined);
  await assert.rejects(fetching, (error) => error === reason);
  assert.deepEqual([done.at(-1), clock.timers], ["abort", []]);
});

test("an attempt that has ended hears of no later end of the client", async () => {
  const held: Version = { etag: "e" };
  const { attempt, lifetime, signal } = setup({});
  await attempt(held);
  lifetime.abort(new Error("closed"));
  assert.equal(signal().aborted, false);
});
