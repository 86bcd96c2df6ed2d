// Work in turns: whatever comes, the event loop goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurns, Turns } from "../../ffi/turns.ts";

const { signal: never } = new AbortController();

/** As many chunks as it is asked for, without ever waiting; counts them. */
class Flood implements AsyncIterable<Uint8Array> {
  given = 0;
  readonly #most: number;
  readonly #chunk: Uint8Array;

  constructor(most: number, chunk: Uint8Array) {
    this.#most = most;
    this.#chunk = chunk;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (; this.given < this.#most; this.given++) yield this.#chunk;
  }
}

for (const length of [0, 1, 1000]) {
  test(`chunks of ${length} bytes that never end do not keep a timer from its turn`, async () => {
    const flood = new Flood(5_000_000, new Uint8Array(length));
    let givenAtTimer = 0;
    const over = new AbortController();
    setTimeout(() => {
      givenAtTimer = flood.given;
      over.abort(new Error("the timer had its turn"));
    }, 0);
    await assert.rejects(async () => {
      for await (const _ of inTurns(flood, over.signal));
    }, /the timer had its turn/);
    assert.ok(givenAtTimer < 5_000_000);
  });
}

test("a chunk that is large comes in pieces, all of it and in order", async () => {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
  const pieces: Uint8Array[] = [];
  for await (const piece of inTurns([bytes, bytes.subarray(0, 10)], never)) pieces.push(piece);
  assert.ok(pieces.every(({ length }) => length <= 65_536));
  const whole = new Uint8Array(200_010);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  assert.equal(at, 200_010);
  assert.deepEqual(whole.subarray(0, 200_000), bytes);
  assert.deepEqual(whole.subarray(200_000), bytes.subarray(0, 10));
});

test("what takes long between two pieces ends the turn", async () => {
  let ticks = 0;
  const tick = (): void => {
    ticks++;
    timer = setImmediate(tick);
  };
  let timer = setImmediate(tick);
  let pieces = 0;
  for await (const _ of inTurns(Array.from({ length: 10 }, () => new Uint8Array(1)), never)) {
    pieces++;
    const end = performance.now() + 5;
    while (performance.now() < end);
  }
  clearImmediate(timer);
  assert.equal(pieces, 10);
  assert.ok(ticks >= 9, String(ticks));
});

test("a turn that is over begins anew, and ends with the signal", async () => {
  const turns = new Turns();
  while (!turns.isOver);
  await turns.next(never);
  const over = new AbortController();
  over.abort(new Error("enough"));
  await assert.rejects(turns.next(over.signal), /enough/);
});
