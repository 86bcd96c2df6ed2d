// Refreshing a client that has no timers: when a request comes, behind its response. Loaded by those who do so.

import { mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { Parts } from "./assemble.ts";

/** How a client is refreshed behind a response. */
export interface TouchOptions {
  /** Seconds that flags may be old, by the clock on the wall. @default 30 */
  readonly maxAge?: number;
}

/**
 * Fetches when the flags are older than asked, and no failure makes it wait.
 * @returns true when it fetched, whether that succeeded or not.
 * @throws {ValidationError} (rejects) when the age is no number.
 */
export async function touch(parts: Parts, { maxAge = 30 }: TouchOptions = {}): Promise<boolean> {
  if (!(maxAge >= 0)) {
    throw new ValidationError(`maxAge ${mustBe("0 or a positive number of seconds", maxAge)}`);
  }
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
