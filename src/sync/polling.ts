// Updates again and again: an interval apart while all is well, after the backoff when the last one failed.

import type { Clock } from "../../core/clock.ts";

/** How far an interval is stretched or shortened by chance, so that clients started together spread out. */
const JITTER = 0.1;

/** What a poller runs. */
export interface Polled {
  /** How long to wait after the last update failed, in milliseconds; `undefined` when it did not. */
  readonly waitAfterFailureMs: number | undefined;
  /** Runs an update, or joins the one that runs. What it rejects with is its own to record. */
  update(options: { readonly background: true }): Promise<unknown>;
  /** Calls `observer` after each update, whoever wanted it. Gives what stops that. */
  observe(observer: () => void): () => void;
}

/** Runs an update every interval, never two at once: the next interval begins when an update has ended. */
export class Poller {
  readonly #intervalSeconds: number;
  readonly #clock: Clock;
  readonly #polled: Polled;
  #cancel: () => void = () => {};
  #forget: (() => void) | undefined;

  /** A poller that waits for `start`; with 0 seconds it only updates again after one that failed. */
  constructor(seconds: number, clock: Clock, polled: Polled) {
    this.#intervalSeconds = seconds;
    this.#clock = clock;
    this.#polled = polled;
  }

  /** Begins the first interval. The process may end while one runs. */
  start(): void {
    if (this.#forget !== undefined) return;
    this.#forget = this.#polled.observe(() => this.#wait());
    this.#wait();
  }

  /** Ends it: nothing runs any more. */
  stop(): void {
    this.#cancel();
    this.#forget?.();
    this.#forget = undefined;
  }

  #wait(): void {
    this.#cancel();
    const { waitAfterFailureMs } = this.#polled;
    if (this.#intervalSeconds === 0 && waitAfterFailureMs === undefined) return;
    const factor = 1 + JITTER * (2 * this.#clock.random() - 1);
    const wait = waitAfterFailureMs ?? this.#intervalSeconds * 1000 * factor;
    this.#cancel = this.#clock.after(
      wait,
      () => void this.#polled.update({ background: true }).catch(() => {}),
      { background: true },
    );
  }
}
