// The errors of the limits that the options set; each names its option.

import { FetchError } from "./errors.ts";

/** Nothing complete came in time. */
export function timeoutError(url: string, what: string, seconds: number): FetchError {
  return new FetchError(
    `${url === "" ? "the custom fetcher" : url} ${what} within ${seconds} s (the option requestTimeout)`,
    { url, retryable: true },
  );
}

/** The document is too large. */
export function sizeError(url: string, limit: number): FetchError {
  return new FetchError(
    `${
      url === "" ? "the custom fetcher" : url
    } sent more than ${limit} bytes, the largest document that is ` +
      "taken (the option maxDocumentBytes); if the namespace is that large, raise it",
    { url, retryable: false },
  );
}
