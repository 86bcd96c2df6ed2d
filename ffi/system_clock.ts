// The clock of the system, as it was when this was loaded: tests replace timers, and a client would then never poll,
// time out or try again.

import type { Clock, TimerOptions } from "../core/clock.ts";
import { builtinSync } from "./builtin_node.ts";
import { detached } from "./detached.ts";
import { poll } from "./poll.ts";
import { denoGlobal, isBun } from "./runtime.ts";

const { now } = Date;
const elapsed = performance.now.bind(performance);
const { random } = Math;

// Jest replaces the globals of a test before it loads anything, but not the module.
const { setTimeout, clearTimeout, setImmediate, clearImmediate } =
  (denoGlobal() === undefined && !isBun() ? builtinSync("node:timers") : undefined) ?? globalThis;

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => now(),
  elapsed: () => elapsed(),
  after(delayMs: number, callback: () => void, { background = false }: TimerOptions = {}): () => void {
    const timer: unknown = detached(() => setTimeout(callback, delayMs));
    // Lets the process end meanwhile. In browsers a timer is a number, and there is no process to end.
    if (background) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
  random: () => random(),
};

/** Calls back once, when the event loop has done what else was due. */
export function soon(callback: () => void): void {
  const immediate = setImmediate(denoGlobal() === undefined ? callback : end);
  if (denoGlobal() === undefined) return;
  let isOver = false;
  function end(): void {
    if (isOver) return;
    isOver = true;
    clearImmediate(immediate);
    callback();
  }
  // The fake timers of node:test reach those that were taken before on Deno.
  void poll(() => true).then(end);
}
