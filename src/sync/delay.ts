// A wait between two things to do, which a signal ends and which can be cut short.

import { abortable } from "../../core/abortable.ts";
import type { Clock } from "../../core/clock.ts";

/** How a delay ends early. */
export interface DelayOptions {
  /** Whether the process may end meanwhile. */
  readonly background: boolean;
  /** Ends it with its reason. */
  readonly signal: AbortSignal;
}

/** A wait that has begun. */
export interface Delay {
  /** Settles when the wait is over; rejects with the signal's reason when that is aborted. */
  readonly over: Promise<void>;
  /** Ends the wait now. */
  cut(): void;
}

/** Begins to wait. */
export function delay(clock: Clock, delayMs: number, { background, signal }: DelayOptions): Delay {
  let cut = (): void => {};
  const cutOrLate = new Promise<void>((resolve) => cut = resolve);
  const cancel = clock.after(delayMs, cut, { background });
  return { over: abortable(cutOrLate, signal).finally(cancel), cut };
}
