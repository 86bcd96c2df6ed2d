// A wait between two things to do, which a signal ends and which can be cut short.

import type { Clock } from "../../core/clock.ts";

/** How a delay ends early. */
export interface DelayOptions {
  /** Whether the process may end meanwhile. */
  readonly background: boolean;
  /** Ends it with its reason. */
  readonly signal: AbortSignal;
}

/** A wait that has begun. */
export class Delay {
  /** Settles when the wait is over; rejects with the signal's reason when that is aborted. */
  readonly over: Promise<void>;
  #end: () => void = () => {};

  /**
   * Begins to wait.
   */
  constructor(clock: Clock, delayMs: number, { background, signal }: DelayOptions) {
    this.over = new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const settle = (outcome: () => void): void => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        outcome();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      this.#end = () => settle(resolve);
      const cancel = clock.after(delayMs, this.#end, { background });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Ends the wait now. */
  cut(): void {
    this.#end();
  }
}
