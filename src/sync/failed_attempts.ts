// What is told of attempts that failed. Pages have a stand-in that only counts them: browser/advice.ts.

import { errorText, FetchError } from "../../core/errors.ts";
import type { Warn } from "../../core/user_callbacks.ts";

/** Adds to an error how many attempts were made in how long; leaves other errors as they are. */
export function countAttempts(error: unknown, attempts: number, elapsedMs: number): void {
  if (!(error instanceof FetchError)) return;
  const { message, stack } = error;
  Object.assign(error, { attempts });
  if (attempts === 1) return;
  error.message = `${message} (${attempts} attempts in ${(elapsedMs / 1000).toFixed(1)} s)`;
  // Where nobody catches the error, the stack is what is printed: it has the message as it was.
  error.stack = stack?.replace(message, () => error.message);
}

/**
 * Says, where a caller waits for the first flags of a client, that they are tried again: silence for seconds would look
 * like hanging.
 */
export function noteRetry(
  error: unknown,
  attempts: number,
  waitMs: number,
  isAwaited: boolean,
  updates: { readonly hasState: boolean },
  warn: Warn,
): void {
  if (attempts > 1 || waitMs === 0 || !isAwaited || updates.hasState) return;
  warn("flipt: the first fetch failed and is retried:", errorText(error));
}
