// The connection between a provider and its open client: the state that each resolution needs, and the client's events
// as OpenFeature's.

import { systemClock } from "../ffi/system_clock.ts";
import { ErrorCode, ProviderEvents } from "@openfeature/server-sdk";
import type { FliptClient } from "../src/client.ts";
import type { ClientState, ClientStatus } from "../src/state/client_status.ts";
import { statusError } from "./errors.ts";
import type { ProviderEventSource, Resolution } from "./types.ts";

/** The metadata of a flag. */
export type Metadata = Resolution<unknown>["flagMetadata"];

/** Listens to a client until it is closed. */
export class Session {
  /** The client. */
  readonly client: FliptClient;
  readonly #events: ProviderEventSource;
  readonly #flagSetId: string | undefined;
  readonly #stops: (() => void)[];
  #state: ClientState;
  #metadata: Metadata;
  #isOpen = true;

  /** Starts listening. */
  constructor(client: FliptClient, events: ProviderEventSource, flagSetId: string | undefined) {
    this.client = client;
    this.#events = events;
    this.#flagSetId = flagSetId;
    const { state, digest } = client.status;
    this.#state = state;
    this.#metadata = this.#describe(digest);
    this.#stops = [
      client.on("status", (status) => this.#onStatus(status)),
      client.on("update", ({ digest, changedFlags }) => {
        this.#metadata = this.#describe(digest);
        // Without digests, a stream sends the same state again each time that it opens.
        if (changedFlags.length === 0) return;
        events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...changedFlags] });
      }),
    ];
    // The SDK sets the provider to ready after its initialization, so it must be told later that it is stale.
    if (state === "stale") {
      systemClock.after(0, () => {
        if (this.isStale) this.#emit(this.client.status);
      });
    }
  }

  /** Whether the flag state may be out of date. */
  get isStale(): boolean {
    return this.#state === "stale";
  }

  /** The metadata of every flag: the namespace and its version. Frozen. */
  get metadata(): Metadata {
    return this.#metadata;
  }

  /** Stops listening and emits no more events. */
  close(): void {
    this.#isOpen = false;
    for (const stop of this.#stops) stop();
  }

  #describe(digest: string | undefined): Metadata {
    return Object.freeze({
      ...(this.#flagSetId === undefined ? {} : { flagSetId: this.#flagSetId }),
      ...(digest === undefined ? {} : { version: digest }),
    });
  }

  #onStatus(status: ClientStatus): void {
    // Only the mode may have changed, which OpenFeature has no event for.
    if (status.state === this.#state) return;
    this.#state = status.state;
    this.#metadata = this.#describe(status.digest);
    this.#emit(status);
  }

  #emit(status: ClientStatus): void {
    if (!this.#isOpen) return;
    if (status.state === "ready") this.#events.emit(ProviderEvents.Ready);
    else if (status.state === "stale") {
      this.#events.emit(ProviderEvents.Stale, { message: staleness(status) });
    } else {
      const { message, code } = statusError(status) ?? { message: "", code: ErrorCode.GENERAL };
      // A provider that was ready before does not become "not ready".
      const errorCode = code === ErrorCode.PROVIDER_NOT_READY ? ErrorCode.GENERAL : code;
      this.#events.emit(ProviderEvents.Error, { message, errorCode });
    }
  }
}

function staleness({ lastSuccess, lastError }: ClientStatus): string {
  const since = lastSuccess === undefined
    ? "the flag state has not been confirmed yet"
    : `the flag state was last confirmed at ${lastSuccess.toISOString()}`;
  return lastError === undefined ? since : `${since}: ${lastError.message}`;
}
