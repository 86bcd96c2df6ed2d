// Connections where they are the browser's business: stands in for src/sources/transport.ts and src/options/tls.ts.

import { FetchError } from "../core/errors.ts";
import type { TlsOptions } from "../src/options/tls.ts";
import type { Fetch } from "../src/sources/fetch.ts";
import { reasonOf } from "../src/sources/response.ts";

/** What is wrong with the option: that it is given. */
export function tlsProblem(_value: unknown): string {
  return "is of use on Deno, Bun and Node only";
}

/** Whoever gives the option has been told that it is of no use. */
export function tlsContradictions(_options: unknown): readonly string[] {
  return [];
}

/** The browser's own. */
export const webFetch: Fetch = (url, init) => fetch(url, init);

/** The error for a request that no answer came to. Browsers do not tell why. */
export function unreachable(url: string, error: unknown, _tls: TlsOptions | undefined): FetchError {
  if (error instanceof FetchError) return error;
  return new FetchError(`could not reach ${url}: ${reasonOf(error)}`, { url, retryable: true, cause: error });
}

/** Nothing makes requests but the browser. */
export function tlsFetch(_tls: TlsOptions | undefined): undefined {
  return undefined;
}

/** A browser makes a new connection by itself where one that waited for use was closed. */
export function isConnectionLost(_error: unknown): boolean {
  return false;
}
