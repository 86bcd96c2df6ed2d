// Replaces src/sync/streaming.ts: loads it once the client is ready. Until then, and if that fails, the client polls.

import type { Streamer as RealStreamer } from "../src/sync/streaming.ts";

type StreamerParts = ConstructorParameters<typeof RealStreamer>[0];

/** Loads and starts the real streamer. */
export class Streamer {
  readonly #parts: StreamerParts;
  #running: Promise<void> | undefined;

  /** Has the parameters of the real streamer. */
  constructor(parts: StreamerParts) {
    this.#parts = parts;
  }

  /** Starts polling, and streaming as soon as it is loaded. */
  start(): void {
    const { poller, status, lifetime } = this.#parts;
    poller.start();
    this.#running = import("../src/sync/streaming.ts").then(
      ({ Streamer }) => {
        if (lifetime.aborted) return;
        const streamer = new Streamer(this.#parts);
        streamer.start();
        return streamer.idle();
      },
      (error) => {
        status.changeMode("polling");
        status.noted(error);
      },
    );
  }

  /** Returns a promise that resolves when the streamer has finished. */
  idle(): Promise<void> | undefined {
    return this.#running;
  }
}
