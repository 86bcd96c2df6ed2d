// One namespace of a relay: a client of the library keeps its document fresh, and each one that it takes goes to the hub.

import type { Clock } from "../core/clock.ts";
import { createClient, type FliptClient } from "../src/client.ts";
import type { Parts } from "../src/assemble.ts";
import { attachedParts } from "../src/evaluation/client_parts.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import type { ClientState, ClientStatus } from "../src/state/client_status.ts";
import { checkedDigest } from "./held_document.ts";
import type { Hub } from "./hub.ts";
import { PassedState, passingEngine } from "./passing_engine.ts";

/** What an upstream is made of. */
export interface UpstreamParts {
  /** The options of the client. */
  readonly options: ClientOptions;
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
  /** Where documents go. */
  readonly hub: Hub;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Is told of trouble. */
  readonly onError: (error: Error) => void;
  /** Is told when its state is another one. */
  readonly onState: (state: ClientState) => void;
}

/** What an upstream has counted. */
export interface UpstreamCounts {
  /** Documents that took the place of another, or were the first. */
  changes: number;
  /** Fetches, retries not counted, and broken streams that failed. */
  errors: number;
  /** Fetches, with their retries. Documents that a stream brings are none. */
  fetches: number;
}

/** Keeps the document of one namespace fresh. */
export class Upstream {
  readonly environment: string;
  readonly namespace: string;
  readonly counts: UpstreamCounts = { changes: 0, errors: 0, fetches: 0 };
  readonly #client: FliptClient;
  readonly #hub: Hub;
  #lastStatus: ClientStatus | undefined;

  /**
   * Starts at once.
   * @throws {ValidationError} when the options are not usable.
   */
  constructor({ options, environment, namespace, hub, clock, onError, onState }: UpstreamParts) {
    this.environment = environment;
    this.namespace = namespace;
    this.#hub = hub;
    this.#client = createClient({ ...options, namespace }, {
      clock,
      chooseEngine: () => Promise.resolve(passingEngine()),
    });
    const { holder, updater, status } = attachedParts<Parts>(this.#client, "relay");
    holder.watch((state) => {
      if (!(state instanceof PassedState)) return;
      // A state with a version is one that a server gave. What the store gave has none, and may be of any age.
      this.#take(state.document, holder.version === undefined ? 0 : clock.now());
    });
    updater.observe(() => {
      this.counts.fetches++;
      const { held } = holder;
      const confirmed = status.current.lastSuccess?.getTime();
      if (confirmed !== undefined && held instanceof PassedState) this.#take(held.document, confirmed);
    });
    this.#client.on("error", (error) => {
      this.counts.errors++;
      onError(error);
    });
    let told: ClientState | undefined;
    this.#client.on("status", ({ state }) => {
      if (state === told || state === "closed") return;
      told = state;
      onState(state);
    });
  }

  /** How its client is doing. */
  get status(): ClientStatus {
    return this.#lastStatus ?? this.#client.status;
  }

  /** Fetches now. Never rejects: what goes wrong is in the status. */
  async refresh(): Promise<void> {
    await this.#client.refresh().catch(() => {});
  }

  /** Settles when there is a document, or the first fetch has failed for good. */
  async started(): Promise<void> {
    await this.#client.ready();
  }

  /** Ends it, and waits until what it holds is stored. */
  async close(): Promise<void> {
    this.#lastStatus ??= this.#client.status;
    await this.#client[Symbol.asyncDispose]();
  }

  #take(document: Uint8Array, receivedAtMs: number): void {
    const { environment, namespace } = this;
    const digest = checkedDigest(document, namespace);
    if (this.#hub.get(environment, namespace)?.digest !== digest) this.counts.changes++;
    this.#hub.set({ environment, namespace, document, digest, receivedAtMs });
  }
}
