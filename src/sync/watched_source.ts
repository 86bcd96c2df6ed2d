// Updates when a document source of the user says that it has changed.

import type { DocumentSource } from "../options/document_source.ts";
import type { Updater } from "./updater.ts";

/**
 * Updates whenever a document source says that it has changed, until `lifetime` ends. A change that is told in the middle
 * of an update is read by another one: the first may have read what was there before.
 */
export function follow(source: DocumentSource, updater: Updater, lifetime: AbortSignal): void {
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
  const stop = source.watch?.(() => {
    isDue = true;
    if (!isRunning) void run();
  });
  if (stop === undefined) return;
  lifetime.addEventListener("abort", () => stop(), { once: true });
}
