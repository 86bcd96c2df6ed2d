// A wait between two things to do, which a signal ends and which can be cut short.

import type { Clock } from "../../core/clock.ts";

/** A wait that has begun. */
export class Pause {
  /** Settles when the wait is over; rejects with the signal's reason when that is aborted. */
  readonly over: Promise<void>;
  #end: () => void = () => {};

  /**
   * Begins to wait.
   * @param background whether the process may end meanwhile.
   */
  constructor(clock: Clock, millis: number, background: boolean, signal: AbortSignal) {
    this.over = new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const settle = (outcome: () => void): void => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        outcome();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      this.#end = () => settle(resolve);
      const cancel = clock.after(millis, this.#end, background);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Ends the wait now. */
  cut(): void {
    this.#end();
  }
}
