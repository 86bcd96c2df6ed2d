// Replaces ffi/system_clock.ts where there is no module of Node's with timers, nor a process that they keep alive.

import type { Clock } from "../core/clock.ts";

const start = setTimeout;
const cancel = clearTimeout;
const { now } = Date;
const elapsed = performance.now.bind(performance);
const { random } = Math;

/** The clock of the system, as it was when this was loaded. */
export const systemClock: Clock = {
  now: () => now(),
  elapsed: () => elapsed(),
  after(delayMs: number, callback: () => void): () => void {
    const timer = start(callback, delayMs);
    return () => cancel(timer);
  },
  random: () => random(),
};

/** Calls back when the event loop has done what else was due. Edge runtimes refuse to be asked for `setImmediate`. */
export function soon(callback: () => void): void {
  start(callback);
}
