// What to say of a function of the user's that gives no headers or no authentication. Loaded when one of them does not.

import { FetchError, FliptError } from "../../core/errors.ts";

/** The function failed. */
export function providerFailed(name: string, url: string, cause: unknown): FetchError {
  // What a function of the user's says of its failure may hold a secret: it is the cause, not part of the message.
  const reason = cause instanceof FliptError ? cause.message : "see the cause";
  return new FetchError(`the ${name} function failed: ${reason}`, { url, retryable: true, cause });
}

/** What the function gave cannot be used. */
export function resultUnusable(name: string, url: string, problem: string): FetchError {
  return new FetchError(`the result of the ${name} function ${problem}`, { url, retryable: false });
}

/** The reason why an attempt ended while the function was waited for: the time limit would blame the server. */
export function neverAsked(name: string, url: string, reason: unknown): unknown {
  if (!(reason instanceof FetchError)) return reason;
  const message =
    `${url} was not asked: the ${name} function did not settle in time (the option requestTimeout)`;
  return new FetchError(message, { url, retryable: true, cause: reason });
}
