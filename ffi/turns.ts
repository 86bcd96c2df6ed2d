// Long work in turns: after some milliseconds the event loop goes on, so that timers and other requests are not kept waiting.

import { throwIfAborted } from "../core/abortable.ts";
import { soon, systemClock } from "./system_clock.ts";

/** How long a turn takes, in milliseconds, but for the piece of work that ends it. */
const TURN_MS = 3;
/** The same where what is read is only passed on: others that read from the network have their turn as soon as may be. */
const READING_TURN_MS = 1;
/** The most bytes that are worked on at once. */
const PIECE_BYTES = 65_536;

/** Settles after some milliseconds of real time. */
export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(millis, resolve));
}

/** Tells when the work of a turn has taken long enough. */
export class Turns {
  readonly #turnMs: number;
  #end: number;

  /** Begins a turn. */
  constructor(turnMs: number = TURN_MS) {
    this.#turnMs = turnMs;
    this.#end = performance.now() + turnMs;
  }

  /** Whether the event loop should go on before more is done. */
  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets the event loop go on, and begins another turn. @throws the signal's reason (rejects) when that is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    await new Promise<void>(soon);
    if (signal !== undefined) throwIfAborted(signal);
    this.#end = performance.now() + this.#turnMs;
  }
}

/**
 * The bytes of the chunks in small pieces, taken in turns: a source that always has more, even if it is nothing, does not
 * keep the event loop from going on.
 * @throws the signal's reason (rejects) when that is aborted.
 */
export async function* inTurns(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const turns = new Turns(READING_TURN_MS);
  for await (const chunk of chunks) {
    let start = 0;
    do {
      yield chunk.subarray(start, start += PIECE_BYTES);
      if (turns.isOver) await turns.next(signal);
    } while (start < chunk.length);
  }
}
