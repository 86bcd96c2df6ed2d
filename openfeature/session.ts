// A client while a provider answers from it: what the provider needs to know of it at each answer, and its events in
// OpenFeature's words.

import { ErrorCode, ProviderEvents } from "@openfeature/server-sdk";
import type { FliptClient } from "../src/client.ts";
import type { ClientState, ClientStatus } from "../src/state/client_status.ts";
import { statusError } from "./errors.ts";
import type { ProviderEventSource, Resolution } from "./types.ts";

/** What is known of every flag. */
export type Metadata = Resolution<unknown>["flagMetadata"];

/** Listens to a client for as long as it is open. */
export class Session {
  /** The client. */
  readonly client: FliptClient;
  readonly #events: ProviderEventSource;
  readonly #flagSetId: string | undefined;
  readonly #stops: (() => void)[];
  #state: ClientState;
  #metadata: Metadata;
  #isOpen = true;

  /** Listens from now on. */
  constructor(client: FliptClient, events: ProviderEventSource, flagSetId: string | undefined) {
    this.client = client;
    this.#events = events;
    this.#flagSetId = flagSetId;
    const { state, digest } = client.status;
    this.#state = state;
    this.#metadata = this.#describe(digest);
    this.#stops = [
      client.on("status", (status) => this.#changed(status)),
      client.on("update", ({ digest, changedFlags }) => {
        this.#metadata = this.#describe(digest);
        events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...changedFlags] });
      }),
    ];
    // The SDK calls a provider ready when it was initialized, and only then hears that it is stale.
    if (state === "stale") {
      setTimeout(() => {
        if (this.isStale) this.#tell(this.client.status);
      }, 0);
    }
  }

  /** Whether the client says that its flag state may be out of date. */
  get isStale(): boolean {
    return this.#state === "stale";
  }

  /** What is known of every flag: the namespace and its version. Frozen. */
  get metadata(): Metadata {
    return this.#metadata;
  }

  /** Tells nobody anything any more. */
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

  #changed(status: ClientStatus): void {
    // The mode may have changed, which is no news to OpenFeature.
    if (status.state === this.#state) return;
    this.#state = status.state;
    this.#metadata = this.#describe(status.digest);
    this.#tell(status);
  }

  #tell(status: ClientStatus): void {
    if (!this.#isOpen) return;
    if (status.state === "ready") this.#events.emit(ProviderEvents.Ready);
    else if (status.state === "stale") {
      this.#events.emit(ProviderEvents.Stale, { message: staleness(status) });
    } else {
      const { message, code } = statusError(status) ?? { message: "", code: ErrorCode.GENERAL };
      // An error of a provider that was ready is no lack of readiness.
      const errorCode = code === ErrorCode.PROVIDER_NOT_READY ? ErrorCode.GENERAL : code;
      this.#events.emit(ProviderEvents.Error, { message, errorCode });
    }
  }
}

function staleness({ lastSuccess, lastError }: ClientStatus): string {
  const since = lastSuccess === undefined
    ? "nothing has confirmed the flag state yet"
    : `nothing has confirmed the flag state since ${lastSuccess.toISOString()}`;
  return lastError === undefined ? since : `${since}: ${lastError.message}`;
}
