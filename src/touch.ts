// Refreshes a client without timers: on request, after the response. Loaded when it is first used.

import { checkArgument, functionProblem } from "../core/argument_checks.ts";
import { mustBeNumber } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import type { Parts } from "./assemble.ts";
import { MAX_INTERVAL_SECONDS } from "./options/options.ts";

/** Options of `touch`. */
export interface TouchOptions {
  /** The age in seconds, by the wall clock, above which the flags are fetched. @default 30 */
  readonly maxAge?: number;
  /** The maximum number of seconds until the promise resolves; the fetch continues. @default no limit */
  readonly timeout?: number;
  /** Called with the promise at once, so that the platform keeps the process running until it settles. @default none */
  readonly waitUntil?: (refreshing: Promise<boolean>) => unknown;
}

/**
 * Fetches the flags if they are older than `maxAge` and no failure is being backed off from.
 * @returns true if it fetched, whether that succeeded, failed or is still in progress.
 * @throws {ValidationError} (rejects) if the age or the timeout is not a number of seconds, or `waitUntil` not a function.
 */
export async function touch(parts: Parts, options?: TouchOptions | null): Promise<boolean> {
  const { maxAge = 30, timeout, waitUntil } = options ?? {};
  if (waitUntil !== undefined && waitUntil !== null) {
    checkArgument("waitUntil of touch()", functionProblem(waitUntil));
  }
  for (const [name, value] of Object.entries({ maxAge, timeout: timeout ?? 0 })) {
    if (typeof value !== "number" || !(value >= 0)) {
      throw new ValidationError(`${name} ${mustBeNumber("0 or a positive number of seconds", value)}`);
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
  // The wall clock, since a frozen process's own clock stood still. If it was set back, the age is unknown.
  const age = lastSuccess === undefined ? Infinity : now - lastSuccess.getTime();
  if (age >= 0 && age < maxAge * 1000) return false;
  const { waitAfterFailureMs } = updater;
  const { touchedAt } = progress;
  if (waitAfterFailureMs !== undefined && touchedAt !== undefined) {
    const waited = now - touchedAt;
    if (waited >= 0 && waited < waitAfterFailureMs) return false;
  }
  // A failure is in the status, and reported to listeners.
  await updater.update({ background: true }).catch(() => {});
  progress.touchedAt = clock.now();
  return true;
}
