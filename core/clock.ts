// Timers and chance behind one small interface, so that tests decide what time it is.

/** What waits and what draws lots. */
export interface Clock {
  /** What time it is, in milliseconds since 1970. */
  now(): number;
  /**
   * Calls `callback` once after `millis`.
   * @param background whether the process may end before that; a timer somebody waits for is not in the background.
   * @returns what cancels it.
   */
  after(millis: number, callback: () => void, background: boolean): () => void;
  /** A number from 0 up to, but without, 1. */
  random(): number;
}

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(millis: number, callback: () => void, background: boolean): () => void {
    const timer: unknown = setTimeout(callback, millis);
    // Lets the process end meanwhile. In browsers a timer is a number, and there is no process to end.
    if (background) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
  random: () => Math.random(),
};
