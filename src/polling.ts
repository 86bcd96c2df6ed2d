// Updates again and again, an interval apart.

import type { Clock } from "./clock.ts";

/** How far an interval is stretched or shortened by chance, so that clients started together spread out. */
const jitter = 0.1;

/** Runs an update every interval, never two at once: the next interval begins when an update has ended. */
export class Poller {
  readonly #seconds: number;
  readonly #clock: Clock;
  readonly #update: () => Promise<unknown>;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** A poller that waits for `start`. What `update` rejects with is its own to record. */
  constructor(seconds: number, clock: Clock, update: () => Promise<unknown>) {
    this.#seconds = seconds;
    this.#clock = clock;
    this.#update = update;
  }

  /** Begins the first interval. The process may end while one runs. */
  start(): void {
    if (this.#stopped) return;
    const factor = 1 + jitter * (2 * this.#clock.random() - 1);
    this.#cancel = this.#clock.after(this.#seconds * 1000 * factor, () => void this.#poll(), true);
  }

  /** Ends it for good: nothing runs any more. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #poll(): Promise<void> {
    await this.#update().catch(() => {});
    this.start();
  }
}
