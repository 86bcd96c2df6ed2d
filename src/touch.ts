// Refreshing a client that has no timers: when a request comes, behind its response. Loaded by those who do so.

import { mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { Parts } from "./assemble.ts";
import { MAX_INTERVAL_SECONDS } from "./options/options.ts";
import { within } from "./start.ts";

/** How a client is refreshed behind a response. */
export interface TouchOptions {
  /** Seconds that flags may be old, by the clock on the wall. @default 30 */
  readonly maxAge?: number;
  /** Seconds that a caller who waits for it waits at most; the fetch goes on behind. @default as long as it takes */
  readonly timeout?: number;
  /** Is given the promise at once, so that the platform lets the process run until it settles. @default none */
  readonly waitUntil?: (refreshing: Promise<boolean>) => unknown;
}

/**
 * Fetches when the flags are older than asked, and no failure makes it wait.
 * @returns true when it fetched, whether that succeeded, failed or goes on.
 * @throws {ValidationError} (rejects) when the age or the timeout is no number.
 */
export async function touch(parts: Parts, { maxAge = 30, timeout }: TouchOptions = {}): Promise<boolean> {
  for (const [name, value] of Object.entries({ maxAge, timeout: timeout ?? 0 })) {
    if (!(value >= 0)) {
      throw new ValidationError(`${name} ${mustBe("0 or a positive number of seconds", value)}`);
    }
  }
  const refreshing = refreshed(parts, maxAge);
  if (timeout === undefined) return await refreshing;
  const limitMs = Math.min(timeout, MAX_INTERVAL_SECONDS) * 1000;
  return await within(refreshing, limitMs, parts.clock, false) ?? true;
}

async function refreshed(parts: Parts, maxAge: number): Promise<boolean> {
  const { clock, lifetime, progress, status, updater } = parts;
  await progress.started?.catch(() => {});
  if (lifetime.signal.aborted) return false;
  const now = clock.now();
  const { lastSuccess } = status.current;
  // A process that was frozen has counted nothing meanwhile, and one whose clock was set back knows no age.
  const age = lastSuccess === undefined ? Infinity : now - lastSuccess.getTime();
  if (age >= 0 && age < maxAge * 1000) return false;
  const { waitAfterFailureMs } = updater;
  const { touchedAt } = progress;
  if (waitAfterFailureMs !== undefined && touchedAt !== undefined && now - touchedAt < waitAfterFailureMs) {
    return false;
  }
  // What it rejects with is in the status, and told.
  await updater.update({ background: true }).catch(() => {});
  progress.touchedAt = clock.now();
  return true;
}
