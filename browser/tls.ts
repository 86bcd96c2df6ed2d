// Connections where they are the browser's business: stands in for the modules of src/ that look after them.

import type { ClientOptions } from "../src/options/client_options.ts";
import type { TlsOptions } from "../src/options/tls.ts";

/** What is wrong with the option: that it is given. */
export function tlsProblem(_value: unknown): string {
  return "is of use on Deno, Bun and Node only";
}

/** Browsers do not tell why a connection failed. */
export function tlsAdvice(_error: unknown, _tls: TlsOptions | undefined): undefined {
  return undefined;
}

/** Whoever gives the option has been told that it is of no use. */
export function tlsContradictions(_options: ClientOptions): readonly string[] {
  return [];
}

/** Nothing makes requests but the browser. */
export function tlsFetch(_tls: TlsOptions | undefined): undefined {
  return undefined;
}

/** A browser makes a new connection by itself where one that waited for use was closed. */
export function isConnectionLost(_error: unknown): boolean {
  return false;
}
