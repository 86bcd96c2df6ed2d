// The errors of the limits that the options set; each names its option.

import { FetchError } from "../../core/errors.ts";
import { sizeHint } from "../options/option_hints.ts";

/** What messages call the one who was asked at `url`. */
export function nameOf(url: string): string {
  return url === "" ? "the custom fetcher" : url;
}

/** Nothing complete came in time. */
export function timeoutError(
  url: string,
  what: string,
  seconds: number,
  option: "requestTimeout" | "bodyTimeout" = "requestTimeout",
): FetchError {
  return new FetchError(`${nameOf(url)} ${what} within ${seconds} s (the option ${option})`, {
    url,
    retryable: true,
  });
}

/** The document is too large. */
export function sizeError(url: string, limit: number): FetchError {
  return new FetchError(`${nameOf(url)} sent more than ${limit} bytes${sizeHint()}`, {
    url,
    retryable: false,
  });
}
