// Collects what a bug report needs about the server: reachability, latency, authentication, version.

import { parseBounded } from "../engines/large.ts";
import { FetchError } from "../core/errors.ts";
import { HttpRequester } from "../src/sources/http_request.ts";
import { snapshotUrl } from "../src/sources/http_source.ts";
import type { Settings } from "../src/options/options.ts";
import { discard } from "../src/sources/response_body.ts";
import { errorOf } from "../src/sources/response_error.ts";
import { streamUrl } from "../src/sources/stream_source.ts";
import { cliMessage } from "./errors.ts";

/** What the server makes of the token. */
export type AuthenticationReport = "not needed" | "accepted" | "refused" | "missing" | "unknown";

/** A report on a server. Contains no token. */
export interface ServerReport {
  /** The URL of the server. */
  readonly url: string;
  /** The requested namespace. */
  readonly namespace: string;
  /** The requested environment. */
  readonly environment: string;
  /** Whether it responded, with any status. */
  readonly reachable: boolean;
  /** The HTTP status of its first response. */
  readonly status?: number;
  /** What the server makes of the token. */
  readonly authentication: AuthenticationReport;
  /** The kind of token that was sent. */
  readonly token: "client token" | "JSON Web Token" | "none";
  /** The server's version, if it reports one. */
  readonly version?: string;
  /** Whether it can stream; `undefined` when unknown. */
  readonly streams?: boolean;
  /** The time of the first request including the connection and the whole document, in milliseconds. */
  readonly firstMillis?: number;
  /** The median time of further requests for the same document, in milliseconds. */
  readonly againMillis?: number;
  /** The number of flags in the namespace. */
  readonly flags?: number;
  /** The size of the document after decompression, in bytes. */
  readonly documentBytes?: number;
  /** The ETag of the document. */
  readonly etag?: string;
  /** The message of the error, if there is one. */
  readonly problem?: string;
}

/** A report and its error. */
export interface ServerDiagnosis {
  /** The report. */
  readonly report: ServerReport;
  /** The error that `report.problem` is the message of. */
  readonly error?: unknown;
}

/** The number of requests after the first. */
const REPETITIONS = 5;
/** The timeout of a request whose result is optional. */
const OPTIONAL_REQUEST_TIMEOUT_MS = 2_000;

/** Asks a server for all that a bug report needs. Rejects only when `signal` is aborted. */
export async function diagnoseServer(
  settings: Settings,
  fetch: ConstructorParameters<typeof HttpRequester>[1],
  signal: AbortSignal,
): Promise<ServerDiagnosis> {
  const { namespace, environment, url, authentication } = settings;
  const requester = new HttpRequester(settings, fetch);
  const anonymousRequester = new HttpRequester({ ...settings, authentication: undefined }, fetch);
  const request = { url, namespace, environment, token: tokenKindOf(authentication) };
  const address = snapshotUrl(settings);
  try {
    const started = performance.now();
    const first = await requester.get(address, undefined, signal);
    if (first.response.status !== 200) throw await errorOf(first.response, first.asked, signal);
    const bytes = new Uint8Array(await first.response.arrayBuffer());
    const firstMillis = millisSince(started);
    const etag = first.response.headers.get("etag") ?? undefined;
    const common = {
      ...request,
      reachable: true,
      status: 200,
      firstMillis,
      documentBytes: bytes.length,
      etag,
      againMillis: await repeatedMillis(requester, address, etag, signal),
      authentication: request.token === "none"
        ? "not needed" as const
        : await tokenUse(anonymousRequester, address, signal),
      version: await versionOf(requester, url, signal),
      streams: await canStream(requester, settings, signal),
    };
    try {
      return { report: { ...common, flags: parseBounded(bytes).flags.length } };
    } catch (error) {
      return { report: { ...common, problem: cliMessage(error) }, error };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const status = error instanceof FetchError ? error.status : undefined;
    const report = {
      ...request,
      reachable: status !== undefined,
      status,
      authentication: authenticationAfter(status, request.token),
      version: status === undefined ? undefined : await versionOf(requester, url, signal),
      problem: cliMessage(error),
    };
    return { report, error };
  }
}

/** Returns the kind of token that an authentication strategy sends. */
export function tokenKindOf(strategy: Settings["authentication"]): ServerReport["token"] {
  if (strategy === undefined || typeof strategy === "function") return "none";
  return "clientToken" in strategy ? "client token" : "JSON Web Token";
}

function authenticationAfter(status: number | undefined, token: ServerReport["token"]): AuthenticationReport {
  if (status !== 401 && status !== 403) return "unknown";
  return token === "none" ? "missing" : "refused";
}

async function repeatedMillis(
  requester: HttpRequester,
  address: string,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) {
    const started = performance.now();
    const { response } = await requester.get(address, etag, signal);
    await response.arrayBuffer();
    times.push(millisSince(started));
  }
  return times.sort((a, b) => a - b)[REPETITIONS >> 1] ?? 0;
}

/** Returns whether the token is needed: a server without authentication accepts any. */
async function tokenUse(
  anonymousRequester: HttpRequester,
  address: string,
  signal: AbortSignal,
): Promise<AuthenticationReport> {
  return await optionalResult(signal, async (brief) => {
    const { response } = await anonymousRequester.get(address, undefined, brief);
    discard(response);
    return response.status === 401 || response.status === 403 ? "accepted" : "not needed";
  }) ?? "unknown";
}

/** Returns the server's version. Flipt v1 reports it as `version`, v2 as `build.version`. */
async function versionOf(
  requester: HttpRequester,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return await optionalResult(signal, async (brief) => {
    const { response } = await requester.get(`${url}/meta/info`, undefined, brief);
    if (response.status !== 200) {
      discard(response);
      return undefined;
    }
    const info = await response.json() as {
      readonly version?: unknown;
      readonly build?: { readonly version?: unknown };
    };
    const version = info.version ?? info.build?.version;
    return typeof version === "string" ? version.slice(0, 100) : undefined;
  });
}

/** Returns whether the server can stream. The stream is cancelled as soon as it is open. */
async function canStream(
  requester: HttpRequester,
  settings: Settings,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  return await optionalResult(signal, async (brief) => {
    const { response } = await requester.get(streamUrl(settings), undefined, brief);
    discard(response);
    return response.status === 200;
  });
}

/** Returns what `ask` resolves to, or `undefined` when it fails or takes too long. */
async function optionalResult<T>(
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, OPTIONAL_REQUEST_TIMEOUT_MS);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await ask(ending.signal);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    // Cancels a stream that is still open.
    end();
  }
}

/** Returns the milliseconds since `started`, rounded to 0.1. */
function millisSince(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
