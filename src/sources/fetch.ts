// How a request is made, and what it means when it does not get through: the web's fetch, or one of our own in its place.

import { FetchError } from "../../core/errors.ts";
import { reasonOf } from "./response.ts";
import type { TlsOptions } from "../options/tls.ts";
import { tlsAdvice } from "./tls_advice.ts";

/** What is used of the web's fetch. Redirects are not followed. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Record<string, string>;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** The web's own, which a user may have replaced since this was loaded. */
export const webFetch: Fetch = (url, init) => {
  // Bun gives up a response that is silent for five minutes, as a stream can be, unless it is told not to.
  return fetch(url, { ...init, timeout: false } as RequestInit);
};

/** The error for a request that no answer came to. What trying again does not cure is not retryable. */
export function unreachable(url: string, error: unknown, tls: TlsOptions | undefined): FetchError {
  if (error instanceof FetchError) return error;
  const advice = tlsAdvice(error, tls);
  return new FetchError(`could not reach ${url}: ${advice ?? reasonOf(error)}`, {
    url,
    retryable: advice === undefined,
    cause: error,
  });
}
