// Timers and randomness behind one small interface, so that tests decide what time it is.

/** How a timer is set. */
export interface TimerOptions {
  /** Whether the process may end before it. A timer that somebody waits for is not in the background. @default false */
  readonly background?: boolean;
}

/** Timers and randomness. */
export interface Clock {
  /** What time it is, in milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment: no one sets this clock, but it may stand still while the machine sleeps. */
  elapsed(): number;
  /**
   * Calls `callback` once after `delayMs`.
   * @returns what cancels it.
   */
  after(delayMs: number, callback: () => void, options?: TimerOptions): () => void;
  /** A number from 0 up to, but without, 1. */
  random(): number;
}
