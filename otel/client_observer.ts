// Observes a client: counts its fetches, and knows the version and the age of its flag state.

import type { FliptClient } from "../src/client.ts";
import type { FetchError } from "../core/errors.ts";
import type { Attributes, ObservableResult } from "./meter.ts";

/** Counts fetches by outcome. */
export class FetchCounter {
  readonly #common: Attributes;
  readonly #failures = new Map<string, number>();
  #updates = 0;

  /** Adds the attributes in `common` to all counts. */
  constructor(common: Attributes) {
    this.#common = common;
  }

  /** Counts a new flag state. */
  updated(): void {
    this.#updates++;
  }

  /** Counts a failed fetch. Ignores other errors. */
  failed(error: Error): void {
    const type = errorType(error);
    if (type !== undefined) this.#failures.set(type, (this.#failures.get(type) ?? 0) + 1);
  }

  /** Reports the counts. */
  observe(result: ObservableResult): void {
    if (this.#updates > 0) {
      result.observe(this.#updates, { ...this.#common, "flipt.fetch.outcome": "updated" });
    }
    for (const [type, count] of this.#failures) {
      result.observe(count, { ...this.#common, "flipt.fetch.outcome": "failed", "error.type": type });
    }
  }
}

/** Returns the HTTP status or, without one, the name of the error; `undefined` for an error other than of a fetch. */
function errorType(error: Error): string | undefined {
  // By name, not `instanceof`: the client may come from another copy of this package.
  if (error.name === "FetchError") {
    const status = (error as Partial<Pick<FetchError, "status">>).status;
    return status === undefined ? error.name : String(status);
  }
  return error.name === "DocumentError" ? error.name : undefined;
}

/** Listens to a client. */
export class ClientObserver {
  readonly #client: FliptClient;
  readonly #stops: (() => void)[];
  #version: string | undefined;

  /** Starts listening. Calls `onEvent` after each event. */
  constructor(client: FliptClient, fetches: FetchCounter, onEvent: () => void) {
    this.#client = client;
    this.#version = client.status.digest;
    this.#stops = [
      client.on("update", ({ digest }) => {
        this.#version = digest;
        fetches.updated();
        onEvent();
      }),
      client.on("error", (error) => {
        fetches.failed(error);
        onEvent();
      }),
    ];
  }

  /** The digest of the flag state. */
  get version(): string | undefined {
    return this.#version;
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
