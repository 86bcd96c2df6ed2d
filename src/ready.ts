// Waiting for a client that has been made already: for as long as its owner has the time.

import { errorText, EvaluationError, ValidationError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { released } from "../engines/messages.ts";
import { mustBeNumber } from "../core/describe.ts";
import type { Parts } from "./assemble.ts";
import { MAX_INTERVAL_SECONDS } from "./options/options.ts";

/**
 * Where a client's answers come from: `"fresh"` is a state that was fetched or confirmed, `"stored"` a snapshot or the
 * content of a store, `"defaults"` the defaults, since there is no state.
 */
export type Readiness = "fresh" | "stored" | "defaults";

/** Options of `ready`. */
export interface ReadyOptions {
  /** Seconds to wait at most. @default 5 */
  readonly timeout?: number;
  /** Whether `ready` rejects in place of resolving to `"defaults"`. @default false */
  readonly orThrow?: boolean;
}

/**
 * Waits until a client has started, but no longer than asked.
 * @throws {ValidationError} (rejects) when the time is no number.
 * @throws {EvaluationError} (rejects) when there is no state then and `orThrow` is set; with what went wrong as its cause.
 */
export async function ready(
  { progress, clock, holder, status, lifetime, updater }: Parts,
  options?: ReadyOptions | null,
): Promise<Readiness> {
  const { timeout = 5, orThrow = false } = options ?? {};
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new ValidationError(`timeout ${mustBeNumber("0 or a positive number of seconds", timeout)}`);
  }
  // What it rejects with is in the status.
  const settled = progress.started?.catch(() => {});
  if (settled !== undefined) {
    await within(settled, Math.min(timeout, MAX_INTERVAL_SECONDS) * 1000, clock, false);
  }
  const { lastSuccess, lastError } = status.current;
  if (lifetime.signal.aborted || !holder.hasState) {
    if (!orThrow) return "defaults";
    if (lifetime.signal.aborted) throw released();
    // An attempt that is followed by another one is no failure yet, but all that there is to say.
    const cause = lastError ?? updater.failure;
    const reason = cause === undefined ? "the first fetch is still in progress" : errorText(cause);
    throw new EvaluationError(`there is no flag state after ${timeout} s: ${reason}`, {
      code: "NOT_READY",
      cause,
    });
  }
  return lastSuccess === undefined ? "stored" : "fresh";
}
