// Replaces src/sources/transport.ts, src/options/socket.ts and src/options/runtime_options.ts in browsers, which manage
// connections and TLS themselves and load no libraries.

import { FetchError } from "../core/errors.ts";
import type { TlsOptions } from "../src/options/tls.ts";
import { type Fetch, uncached } from "../src/sources/fetch.ts";
import { reasonOf } from "../src/sources/response_body.ts";

/** Returns the problem of any value. */
export function tlsProblem(_value: unknown): string {
  return "only works on Deno, Bun and Node";
}

export { tlsProblem as libraryPathProblem };

/** Returns no contradictions: the options have been rejected. */
export function runtimeContradictions(_options: unknown): readonly string[] {
  return [];
}

/** Gives no hint. */
export function awaitHint(_options: unknown): string {
  return "";
}

/** Warns of nothing. */
export function noteReactOption(_option: string): void {}

/** Makes requests by `fetch`, or the browser's own, which itself retries where a new connection cures what went wrong. */
export function persistent(given: Fetch = (url, init) => fetch(url, uncached(init))): Fetch {
  return given;
}

/** Returns the error for a request without a response. Browsers do not report the cause. */
export function unreachable(url: string, error: unknown, _tls: TlsOptions | undefined): FetchError {
  if (error instanceof FetchError) return error;
  return new FetchError(`could not reach ${url}: ${reasonOf(error)}`, { url, retryable: true, cause: error });
}

/** Returns `undefined`: there is no alternative to the browser's `fetch`. */
export function ownFetch(_settings: unknown): undefined {
  return undefined;
}

/** Returns `undefined`: a browser opens no sockets. */
export function socketUrl(_url: string): undefined {
  return undefined;
}

/** Returns `undefined`: to a browser, the URL of a socket is like any other that it cannot fetch. */
export function socketProblem(_url: string): undefined {
  return undefined;
}
