// What is known of the client that a telemetry observes: its fetches, the version and the age of its flag state.

import type { FliptClient } from "../src/client.ts";
import type { FetchError } from "../core/errors.ts";
import type { Attributes, ObservableResult } from "./meter.ts";

/** Counts how fetches came out. */
export class Fetches {
  readonly #common: Attributes;
  readonly #failures = new Map<string, number>();
  #updates = 0;

  /** Counts that all have the attributes in `common`. */
  constructor(common: Attributes) {
    this.#common = common;
  }

  /** A new flag state arrived. */
  updated(): void {
    this.#updates++;
  }

  /** Something went wrong: a fetch, or else what is no business of this count. */
  failed(error: Error): void {
    const type = errorType(error);
    if (type !== undefined) this.#failures.set(type, (this.#failures.get(type) ?? 0) + 1);
  }

  /** Hands the counts over. */
  observe(result: ObservableResult): void {
    if (this.#updates > 0) {
      result.observe(this.#updates, { ...this.#common, "flipt.fetch.outcome": "updated" });
    }
    for (const [type, count] of this.#failures) {
      result.observe(count, { ...this.#common, "flipt.fetch.outcome": "failed", "error.type": type });
    }
  }
}

/** The status where the server answered, or else the name of the error; `undefined` when it was no fetch. */
function errorType(error: Error): string | undefined {
  // By name: the client may come from another copy of this package.
  if (error.name === "FetchError") {
    const status = (error as Partial<Pick<FetchError, "status">>).status;
    return status === undefined ? error.name : String(status);
  }
  return error.name === "DocumentError" ? error.name : undefined;
}

/** Listens to one client. */
export class Watch {
  readonly #client: FliptClient;
  readonly #stops: (() => void)[];
  #version: string | undefined;

  /** Listens from now on; `happened` is called when something did. */
  constructor(client: FliptClient, fetches: Fetches, happened: () => void) {
    this.#client = client;
    this.#version = client.status.digest;
    this.#stops = [
      client.on("update", ({ digest }) => {
        this.#version = digest;
        fetches.updated();
        happened();
      }),
      client.on("error", (error) => {
        fetches.failed(error);
        happened();
      }),
    ];
  }

  /** The digest of the flag state. */
  get version(): string | undefined {
    return this.#version;
  }

  /** The seconds since it was last known that the flag state is current. */
  get age(): number | undefined {
    const { state, ageSeconds } = this.#client.status;
    return state === "closed" ? undefined : ageSeconds;
  }

  /** Ends it. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
