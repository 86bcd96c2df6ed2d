// Documents of a source of the user's that can say that it has changed. Loaded for clients that have one.

import type { DocumentSource } from "../options/document_source.ts";
import { LoadedSource } from "../sources/loaded_source.ts";
import type { Updater } from "./updater.ts";

/** A document source of the user, and its changes. */
export class WatchedSource extends LoadedSource {
  readonly #source: DocumentSource;

  /** A source that asks `source` for the document of `namespace`. */
  constructor(source: DocumentSource, namespace: string) {
    super(source, namespace);
    this.#source = source;
  }

  /**
   * Updates whenever the source says that it has changed, until `lifetime` ends. A change that is told in the middle of
   * an update is read by another one: the first may have read what was there before.
   */
  follow(updater: Updater, lifetime: AbortSignal): void {
    let isDue = false;
    let isRunning = false;
    const run = async (): Promise<void> => {
      isRunning = true;
      while (isDue && !lifetime.aborted) {
        await updater.idle();
        isDue = false;
        // Who listens has been told of what it rejects with.
        await updater.update({ background: true }).catch(() => {});
      }
      isRunning = false;
    };
    const stop = this.#source.watch?.(() => {
      isDue = true;
      if (!isRunning) void run();
    });
    if (stop === undefined) return;
    lifetime.addEventListener("abort", () => stop(), { once: true });
  }
}
