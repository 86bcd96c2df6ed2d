// Documents that are pushed, between an engine and a client that the test holds: which are compiled and which give way,
// what becomes of those that fail, and what is known of the last one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FetchError } from "../../../core/errors.ts";
import type { CompiledState, Engine } from "../../../engines/engine.ts";
import type { DocumentSink } from "../../../src/sources/ndjson_stream.ts";
import { PushedDocuments } from "../../../src/sync/pushed_documents.ts";
import type { PushedStates } from "../../../src/sync/pushed_states.ts";
import { ManualClock } from "../../support/runtime.ts";

const encoder = new TextEncoder();

/** Compilations in their order, each finished by the test. */
function setup(held?: string) {
  const clock = new ManualClock();
  clock.skipped = -1;
  const lifetime = new AbortController();
  const done: string[] = [];
  const compilations: PromiseWithResolvers<CompiledState>[] = [];
  const engine = {
    compile: (format: string, namespace: string) => {
      const name = `${format} ${namespace} ${compilations.length}`;
      const result = Promise.withResolvers<CompiledState>();
      result.promise.catch(() => {});
      compilations.push(result);
      return {
        write: (chunk: Uint8Array) => void done.push(`${name}: write ${chunk.length}`),
        finish: () => {
          done.push(`${name}: finish`);
          return result.promise;
        },
        abort: () => void done.push(`${name}: abort`),
      };
    },
  } as unknown as Engine;
  const states = {
    holds: (digest: string | undefined) => digest !== undefined && digest === held,
    confirmed: () => void done.push("confirmed"),
    pushed: ({ digest }: CompiledState) => void done.push(`pushed ${digest}`),
  } as unknown as PushedStates;
  const pushes = new PushedDocuments({
    ...{ loaded: { engine }, states, clock, lifetime: lifetime.signal, url: "http://localhost/stream" },
    settings: { namespace: "shop", maxDocumentBytes: 1000, requestTimeout: 10 },
  });
  const failures: string[] = [];
  const errors: unknown[] = [];
  const begin = (): DocumentSink =>
    pushes.begin((error) => {
      errors.push(error);
      failures.push((error as Error).message);
    });
  const push = (text: string): void => {
    const sink = begin();
    sink.write(encoder.encode(text));
    sink.end();
  };
  /** Finishes the compilation with a state, and gives what follows the time to happen. */
  const finish = async (n: number, digest: string): Promise<void> => {
    compilations[n]?.resolve({ digest, release: () => void done.push(`release ${digest}`) } as CompiledState);
    await settled();
  };
  return { pushes, clock, lifetime, done, compilations, failures, errors, begin, push, finish };
}

/** Settles when all that is ready to run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

test("a document that is pushed is compiled as it comes, and its state put in place", async () => {
  const { pushes, done, begin, finish, failures, clock } = setup();
  assert.deepEqual([pushes.isIdle, pushes.digest], [true, undefined]);
  const sink = begin();
  sink.write(encoder.encode("{"));
  sink.write(encoder.encode(" }"));
  assert.deepEqual(done, ["document shop 0: write 1", "document shop 0: write 2"]);
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [10_000]);
  sink.end();
  assert.equal(pushes.isIdle, false);
  assert.deepEqual(clock.timers.map(({ millis }) => millis), [10_000]);
  await finish(0, "a");
  assert.deepEqual(done.slice(2), ["document shop 0: finish", "pushed a"]);
  assert.deepEqual([pushes.digest, failures, clock.timers], ["a", [], []]);
  // A moment of rest is not work.
  assert.equal(pushes.isIdle, true);
  await pushes.idle();
  assert.equal(pushes.isIdle, true);
});

test("while one is compiled, of those that follow the last one waits and the others give way", async () => {
  const { pushes, done, push, finish, failures } = setup();
  for (const text of ["0", "1", "2", "3"]) push(text);
  assert.deepEqual(done.filter((line) => !line.includes("write")), [
    "document shop 0: finish",
    "document shop 1: abort",
    "document shop 2: abort",
  ]);
  await finish(0, "a");
  assert.deepEqual([pushes.digest, pushes.isIdle], ["a", false]);
  while (!done.includes("document shop 3: finish")) await settled();
  assert.equal(pushes.isIdle, false);
  await finish(3, "d");
  await pushes.idle();
  assert.deepEqual(done.slice(-3), ["pushed a", "document shop 3: finish", "pushed d"]);
  assert.deepEqual([pushes.digest, failures], ["d", []]);
});

test("a document whose end has the digest that is held is not compiled", () => {
  const ends = ['"digest":"a"}', '"digest" : "a" }\n', '{"digest":"b"},"digest":"a"}'];
  for (const end of ends) {
    const { pushes, done, push } = setup("a");
    push(`{"flags":[],${end}`);
    assert.deepEqual(done.slice(1), ["document shop 0: abort", "confirmed"], end);
    assert.deepEqual([pushes.digest, pushes.isIdle], ["a", true]);
  }
  const others = [
    '"digest":"b"}',
    '"digest":"a","x":1}',
    '"digest":"\\u0061"}',
    '"digest":""}',
    '"digest":"a"',
    '"a"}',
  ];
  for (const other of others) {
    const { done, push } = setup("a");
    push(`{"flags":[],${other}`);
    assert.deepEqual(done.slice(1), ["document shop 0: finish"], other);
  }
});

test("the digest is found however the end of a document is cut", () => {
  const text = `${" ".repeat(500)}{"flags":[],"digest":"a"}`;
  for (const size of [1, 2, 3, 10, 100, 255, 256, 257, 600]) {
    const { done, begin } = setup("a");
    const sink = begin();
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length; at += size) {
      const chunk = bytes.slice(at, at + size);
      sink.write(chunk);
      // Whoever gave it may use it again.
      chunk.fill(0);
    }
    sink.end();
    assert.equal(done.at(-1), "confirmed", `${size} bytes at a time`);
  }
  // A digest as servers have it, in a chunk that is followed by another of a few bytes.
  const digest = "0123456789abcdef0123456789abcdef01234567";
  const { begin, done } = setup(digest);
  const sink = begin();
  sink.write(encoder.encode(`{"flags":[],"digest":"${digest}"}${" ".repeat(100)}`));
  sink.write(encoder.encode(" ".repeat(20)));
  sink.end();
  assert.equal(done.at(-1), "confirmed");
  // Of the end, 256 bytes are looked at.
  for (const [blanks, last] of [[256 - 13, "confirmed"], [257, "document shop 0: finish"]] as const) {
    const { done, push } = setup("a");
    push(`{"flags":[],"digest":"a"}${" ".repeat(blanks)}`);
    assert.equal(done.at(-1), last, `${blanks} blanks`);
  }
});

test("a document may be as large as maxDocumentBytes, and no larger", () => {
  const { begin } = setup();
  const sink = begin();
  sink.write(new Uint8Array(999));
  sink.write(new Uint8Array(1));
  assert.throws(() => sink.write(new Uint8Array(1)), {
    message:
      "http://localhost/stream sent more than 1000 bytes: if that is right, raise the option maxDocumentBytes",
  });
});

test("a document that does not come whole in time is told of, and one that is abandoned is not", () => {
  const { begin, clock, failures, done } = setup();
  const abandoned = begin();
  abandoned.abandon();
  assert.deepEqual([done, clock.timers], [["document shop 0: abort"], []]);
  begin();
  clock.advance(9_999);
  assert.deepEqual(failures, []);
  clock.advance(1);
  assert.deepEqual(failures, [
    "http://localhost/stream sent no complete document within 10 s (the option requestTimeout)",
  ]);
});

test("one that is no flag state is told of and aborted, and the one behind it is compiled", async () => {
  const { pushes, push, compilations, failures, finish, done } = setup();
  push("0");
  push("1");
  compilations[0]?.reject(new Error("not valid"));
  await settled();
  assert.deepEqual([failures, done.at(-1)], [["not valid"], "document shop 0: abort"]);
  await finish(1, "b");
  await pushes.idle();
  assert.deepEqual([pushes.digest, failures.length, done.at(-1)], ["b", 1, "pushed b"]);
});

test("a document that is not compiled in time is given up, and its late state released", async () => {
  const { pushes, push, clock, failures, finish, done } = setup();
  push("0");
  clock.advance(10_000);
  await settled();
  assert.deepEqual(failures, [
    "http://localhost/stream sent a document that was not compiled within 10 s (the option requestTimeout)",
  ]);
  await finish(0, "late");
  await pushes.idle();
  assert.deepEqual(done.slice(-2), ["document shop 0: abort", "release late"]);
  assert.deepEqual([pushes.digest, clock.timers], [undefined, []]);
});

test("more than five thousand that give way in a row are a flood, until there is a rest or a new connection", async () => {
  const { pushes, push, finish, failures, errors } = setup();
  const flood = "the stream http://localhost/stream sent flag states faster than they can be processed";
  const give = (count: number): void => {
    for (let n = 0; n < count; n++) push("x");
  };
  // One is compiled, one waits.
  give(2 + 5_000);
  assert.deepEqual(failures, []);
  give(1);
  assert.deepEqual(failures, [flood]);
  assert.equal((errors[0] as FetchError).retryable, true);
  pushes.reset("z");
  assert.equal(pushes.digest, "z");
  give(5_000);
  assert.equal(failures.length, 1);
  give(1);
  assert.equal(failures.length, 2);
  await finish(0, "a");
  await finish(10_003, "b");
  await pushes.idle();
  give(2 + 5_000);
  assert.equal(failures.length, 2);
});

test("a state is compiled after a rest, and not in the turn of the one before", async () => {
  const { pushes, push, finish, done } = setup();
  push("0");
  await finish(0, "a");
  push("1");
  assert.equal(pushes.isIdle, false);
  assert.ok(!done.includes("document shop 1: finish"));
  await finish(1, "b");
  await pushes.idle();
  assert.deepEqual(done.slice(-2), ["document shop 1: finish", "pushed b"]);
});

test("the end of the client gives up what is compiled and what waits, without a word", async () => {
  const { pushes, push, lifetime, done, failures, clock } = setup();
  push("0");
  push("1");
  lifetime.abort(new Error("closed"));
  await pushes.idle();
  assert.deepEqual(done.slice(-2), ["document shop 0: abort", "document shop 1: abort"]);
  assert.deepEqual([failures, clock.timers], [[], []]);
  // One that comes whole afterwards is not compiled either.
  push("2");
  await pushes.idle();
  assert.deepEqual([done.at(-1), failures], ["document shop 2: abort", []]);
});
