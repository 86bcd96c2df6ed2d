// Tells of defaults that stood in for answers: each to those who listen, and of those that an error led to a line for each
// flag in each minute.

import type { Clock } from "../../core/clock.ts";
import { quote } from "../../core/describe.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import { loggable } from "../evaluation/advice.ts";
import type { DefaultEvent } from "../evaluation/details.ts";
import type { Listeners } from "./events.ts";

/** How long a flag's next line waits at most, in milliseconds. */
const MINUTE_MS = 60_000;
/** The most lines in a minute: keys of flags may come from anywhere. */
const MAX_LINES = 100;

/**
 * What tells of the defaults of one client.
 * @param warn Writes a line.
 */
export function defaultReporter(
  listeners: Listeners,
  clock: Clock,
  warn: Warn,
): (event: DefaultEvent) => void {
  const told = new Set<string>();
  let since = -Infinity;
  return (event) => {
    const { flagKey, errorCode, errorMessage } = event;
    if (errorCode !== undefined) {
      const now = clock.elapsed();
      if (now - since >= MINUTE_MS) {
        told.clear();
        since = now;
      }
      if (!told.has(flagKey) && told.size < MAX_LINES) {
        told.add(flagKey);
        const message = loggable(errorMessage, flagKey);
        warn(`flipt: the default is returned for flag ${quote(flagKey)} (${errorCode}): ${message}`);
      }
    }
    listeners.emit("default", event);
  };
}
