// What a bug report needs to know of the server: whether it answers, how fast, to whom, and what it is.

import { parseDocument } from "../engines/document.ts";
import { FetchError } from "../core/errors.ts";
import { HttpRequester } from "../src/sources/http_request.ts";
import { snapshotUrl } from "../src/sources/http_source.ts";
import type { Settings } from "../src/options/options.ts";
import { discard, errorOf } from "../src/sources/response.ts";
import { streamUrl } from "../src/sources/stream_source.ts";
import { messageOf } from "./errors.ts";

/** How a request is authenticated, as far as the server lets it be known. */
export type AuthenticationReport = "not needed" | "accepted" | "refused" | "missing" | "unknown";

/** What is known of a server. Never a token. */
export interface ServerReport {
  /** Where it is. */
  readonly url: string;
  /** The namespace that was asked for. */
  readonly namespace: string;
  /** The environment that was asked for. */
  readonly environment: string;
  /** Whether it answered, with whatever status. */
  readonly reachable: boolean;
  /** The status of its first answer. */
  readonly status?: number;
  /** How it takes the token, or that there is none. */
  readonly authentication: AuthenticationReport;
  /** Which kind of token was sent. */
  readonly token: "client token" | "JSON Web Token" | "none";
  /** Its version, where it tells. */
  readonly version?: string;
  /** Whether it can stream; `undefined` when that is not known. */
  readonly streams?: boolean;
  /** The milliseconds until the document was there, the connection included. */
  readonly firstMillis?: number;
  /** The milliseconds of the same question asked again, the median of several. */
  readonly againMillis?: number;
  /** The flags of the namespace. */
  readonly flags?: number;
  /** The size of the document, in bytes after decompression. */
  readonly documentBytes?: number;
  /** The ETag of the document. */
  readonly etag?: string;
  /** What is wrong. */
  readonly problem?: string;
}

/** A report, and the error that it tells of. */
export interface ServerDiagnosis {
  /** The report. */
  readonly report: ServerReport;
  /** The error. */
  readonly error?: unknown;
}

/** How often the server is asked again. */
const repetitions = 5;
/** The longest wait for what is good to know only, in milliseconds. */
const patience = 2_000;

/** Asks a server all that a bug report needs. Rejects only when `signal` is aborted. */
export async function diagnoseServer(
  settings: Settings,
  fetch: ConstructorParameters<typeof HttpRequester>[1],
  signal: AbortSignal,
): Promise<ServerDiagnosis> {
  const { namespace, environment, url, authentication } = settings;
  const requester = new HttpRequester(settings, fetch);
  const stranger = new HttpRequester({ ...settings, authentication: undefined }, fetch);
  const asked = {
    url,
    namespace,
    environment,
    token: kindOf(authentication),
  };
  const address = snapshotUrl(settings);
  try {
    const started = performance.now();
    const first = await requester.get(address, undefined, signal);
    if (first.response.status !== 200) throw await errorOf(first.response, first.asked, signal);
    const bytes = new Uint8Array(await first.response.arrayBuffer());
    const firstMillis = since(started);
    const etag = first.response.headers.get("etag") ?? undefined;
    const common = {
      ...asked,
      reachable: true,
      status: 200,
      firstMillis,
      documentBytes: bytes.length,
      etag,
      againMillis: await askedAgain(requester, address, etag, signal),
      authentication: asked.token === "none"
        ? "not needed" as const
        : await tokenUse(stranger, address, signal),
      version: await versionOf(requester, url, signal),
      streams: await canStream(requester, settings, signal),
    };
    try {
      return { report: { ...common, flags: parseDocument(bytes).flags.length } };
    } catch (error) {
      return { report: { ...common, problem: messageOf(error) }, error };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const status = error instanceof FetchError ? error.status : undefined;
    const report = {
      ...asked,
      reachable: status !== undefined,
      status,
      authentication: authenticationAfter(status, asked.token),
      version: status === undefined ? undefined : await versionOf(requester, url, signal),
      problem: messageOf(error),
    };
    return { report, error };
  }
}

/** The kind of a token. */
export function kindOf(strategy: Settings["authentication"]): ServerReport["token"] {
  if (strategy === undefined || typeof strategy === "function") return "none";
  return "clientToken" in strategy ? "client token" : "JSON Web Token";
}

function authenticationAfter(status: number | undefined, token: ServerReport["token"]): AuthenticationReport {
  if (status !== 401 && status !== 403) return "unknown";
  return token === "none" ? "missing" : "refused";
}

async function askedAgain(
  requester: HttpRequester,
  address: string,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < repetitions; count++) {
    const started = performance.now();
    const { response } = await requester.get(address, etag, signal);
    await response.arrayBuffer();
    times.push(since(started));
  }
  return times.sort((a, b) => a - b)[repetitions >> 1] ?? 0;
}

/** A server that lets everybody in takes any token. */
async function tokenUse(
  stranger: HttpRequester,
  address: string,
  signal: AbortSignal,
): Promise<AuthenticationReport> {
  return await briefly(signal, async (brief) => {
    const { response } = await stranger.get(address, undefined, brief);
    discard(response);
    return response.status === 401 || response.status === 403 ? "accepted" : "not needed";
  }) ?? "unknown";
}

/** What the server says of itself; an older one at the top, a newer one further down. */
async function versionOf(
  requester: HttpRequester,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return await briefly(signal, async (brief) => {
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

/** An open stream is ended as soon as it is known to be one. */
async function canStream(
  requester: HttpRequester,
  settings: Settings,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  return await briefly(signal, async (brief) => {
    const { response } = await requester.get(streamUrl(settings), undefined, brief);
    discard(response);
    return response.status === 200;
  });
}

/** Asks what need not be answered. */
async function briefly<T>(
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, patience);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await ask(ending.signal);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    // Ends a stream that is open still.
    end();
  }
}

function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
