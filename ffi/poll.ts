// Waits for what has to be asked for, without a timer: tests replace those, on Bun even the ones that were taken
// before, and a replaced one never fires by itself.

import { builtinSync } from "./builtin_node.ts";

/** The longest pause between two questions, in milliseconds. */
const LONGEST_PAUSE_MS = 4;

/**
 * Calls `ask` again and again, after ever longer pauses, until it returns something.
 * @throws what `ask` throws (rejects).
 */
export async function poll<T>(ask: () => T | undefined): Promise<T> {
  const keepAlive = new KeepAlive();
  try {
    for (let pauseMs = 1;; pauseMs = Math.min(pauseMs * 2 + 1, LONGEST_PAUSE_MS)) {
      await pause(pauseMs);
      const answer = ask();
      if (answer !== undefined) return answer;
    }
  } finally {
    keepAlive.end();
  }
}

/** Nobody else sees it, so that every wait for a change of it ends with its time. */
let cell: Int32Array<SharedArrayBuffer> | undefined;

async function pause(pauseMs: number): Promise<void> {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  await Atomics.waitAsync(cell, 0, 0, pauseMs).value;
}

/** Such a wait does not keep the process alive. A port does that listens. */
class KeepAlive {
  readonly #port: { close(): void };

  constructor() {
    // In jsdom there is no global one.
    const { MessageChannel } = builtinSync("node:worker_threads") ?? globalThis;
    const { port1 } = new MessageChannel();
    // Some of its types lack the member.
    Object.assign(port1, { onmessage: () => {} });
    this.#port = port1;
  }

  end(): void {
    this.#port.close();
  }
}
