// One polling schedule for several clients: they ask one after the other over the same connections, and the process wakes up
// once an interval. A client whose fetch failed has a schedule of its own until it succeeds.

import type { Clock } from "../core/clock.ts";
import type { Parts } from "../src/assemble.ts";
import { Poller } from "../src/sync/polling.ts";

/** The parts of a client that is polled. */
type Polled = Pick<Parts, "poller" | "updater" | "lifetime">;

/** How many clients ask at the same time: as many connections are enough. */
const MAX_CONCURRENT = 4;

/** Polls several clients. */
export class SharedSchedule {
  readonly #clients: readonly Polled[];
  readonly #poller: Poller;
  readonly #observers = new Set<() => void>();

  /** A schedule that waits for `start`. */
  constructor(clients: readonly Polled[], intervalSeconds: number, clock: Clock) {
    this.#clients = clients;
    this.#poller = new Poller(intervalSeconds, clock, {
      waitAfterFailureMs: undefined,
      update: () => this.#update(),
      observe: (observer) => {
        this.#observers.add(observer);
        return () => this.#observers.delete(observer);
      },
    });
  }

  /** Takes the place of the clients' own schedules. */
  start(): void {
    for (const { poller, updater } of this.#clients) {
      const yieldTo = (): void => {
        // Not in the middle of the round in which the client's own schedule hears of the fetch, too.
        if (updater.waitAfterFailureMs === undefined) queueMicrotask(() => poller.stop());
        else poller.start();
      };
      updater.observe(yieldTo);
      yieldTo();
    }
    this.#poller.start();
  }

  /** Ends it. */
  stop(): void {
    this.#poller.stop();
  }

  async #update(): Promise<void> {
    const due = this.#clients.filter(({ updater, lifetime }) =>
      updater.waitAfterFailureMs === undefined && !lifetime.signal.aborted
    );
    const queue = due.values();
    const work = async (): Promise<void> => {
      for (const { updater } of queue) await updater.update({ background: true }).catch(() => {});
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
    for (const observer of [...this.#observers]) observer();
  }
}
