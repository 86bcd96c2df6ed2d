// Observes a client: counts its fetches and defaults, and knows the age of its flag state.

import type { FliptClient } from "../src/client.ts";
import type { FetchCounts } from "../src/metrics/fetch_counts.ts";
import { defaultTypeOf, type Tally } from "../src/metrics/tally.ts";

/** Listens to a client. */
export class ClientObserver {
  readonly #client: FliptClient;
  readonly #stops: (() => void)[];

  /** Starts listening. Calls `onEvent` after each event. */
  constructor(client: FliptClient, fetches: FetchCounts, defaults: Tally, onEvent: () => void) {
    this.#client = client;
    this.#stops = [
      client.on("update", () => {
        fetches.updated();
        onEvent();
      }),
      client.on("default", (event) => {
        defaults.add({ flagKey: event.flagKey, flagType: "", value: "" }, defaultTypeOf(event));
        onEvent();
      }),
      client.on("error", (error) => {
        fetches.failed(error);
        onEvent();
      }),
    ];
  }

  /** The seconds since the flag state was last known to be current; `undefined` when unknown. */
  get age(): number | undefined {
    const { state, ageSeconds } = this.#client.status;
    return state === "closed" ? undefined : ageSeconds;
  }

  /** Stops listening. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
