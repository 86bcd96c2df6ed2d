// Streaming as a part of its own, which a page loads once its client is ready: stands in for src/sync/streaming.ts. Where
// that part cannot be loaded, the client polls, as it does until then.

import type { Streamer as RealStreamer } from "../src/sync/streaming.ts";

type StreamerParts = ConstructorParameters<typeof RealStreamer>[0];

/** Loads the real one when it is started. */
export class Streamer {
  readonly #parts: StreamerParts;
  #running: Promise<void> | undefined;

  /** Takes what the real one takes. */
  constructor(parts: StreamerParts) {
    this.#parts = parts;
  }

  /** Begins; a client that is ready does not wait for it. */
  start(): void {
    const { poller, stateUpdates, lifetime } = this.#parts;
    poller.start();
    this.#running = import("../src/sync/streaming.ts").then(
      ({ Streamer }) => {
        if (lifetime.aborted) return;
        const streamer = new Streamer(this.#parts);
        streamer.start();
        return streamer.idle();
      },
      (error) => stateUpdates.cannotStream(error),
    );
  }

  /** Settles when nothing is under way any more. */
  idle(): Promise<void> | undefined {
    return this.#running;
  }
}
