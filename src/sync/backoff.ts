// How long to wait after a failure: ever longer, and by chance, so that a fleet that failed together spreads out.

import type { Clock } from "../../core/clock.ts";

/** The longest that the first wait can be, in milliseconds; each further one can be twice as long. */
const FIRST_CEILING_MS = 1_000;
/** The longest that a wait is, in milliseconds, unless a backoff is told otherwise. */
export const MAX_WAIT_MS = 30_000;

/** The waits after failures in a row. */
export class Backoff {
  readonly #clock: Clock;
  readonly #longest: number;
  #failures = 0;

  /** Waits as after no failure; never longer than `longest` milliseconds. */
  constructor(clock: Clock, longest: number = MAX_WAIT_MS) {
    this.#clock = clock;
    this.#longest = longest;
  }

  /** The wait after one more failure, in milliseconds: anything from 0 to what this failure allows. */
  next(): number {
    const ceiling = Math.min(this.#longest, FIRST_CEILING_MS * 2 ** this.#failures);
    this.#failures++;
    return this.#clock.random() * ceiling;
  }

  /** Forgets the failures. */
  reset(): void {
    this.#failures = 0;
  }
}
