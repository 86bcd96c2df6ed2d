// Streaming as a part of its own, which a page loads once its client is ready: stands in for the modules of src/ that do
// it. Should that part not be had, the client polls, as it does until then.

import type { StreamerParts } from "./streaming_later.ts";

/** Holds what a source or a sink of a stream is made of, until there is one. */
class Later {
  /** What it is made of. */
  readonly parameters: readonly unknown[];

  /** Takes what the real one takes. */
  constructor(...parameters: readonly unknown[]) {
    this.parameters = parameters;
  }
}

export { Later as PushedDocuments, Later as StreamSource };

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
    const { poller, stateUpdates } = this.#parts;
    poller.start();
    this.#running = import("./streaming_later.ts").then(
      ({ stream }) => stream(this.#parts),
      (error) => stateUpdates.cannotStream(error),
    );
  }

  /** Settles when nothing is under way any more. */
  idle(): Promise<void> | undefined {
    return this.#running;
  }
}
