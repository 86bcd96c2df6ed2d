// Flipt's protocol as a server speaks it: which requests there are for flag states, and the responses of a v2 server.
// Knows neither sockets nor where documents come from.

import { gzipSync } from "node:zlib";
import { decoded } from "../core/decoded.ts";

/** An HTTP request. */
export interface ReceivedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path and query, as sent. */
  readonly path: string;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An HTTP response. */
export interface PlainAnswer {
  /** The status. @default 200 */
  readonly status?: number;
  /** The headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. An array is sent chunk by chunk. @default "" */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** A request for a namespace's flag state. */
export interface SnapshotRequest {
  /** Whether it asks for a stream. */
  readonly isStream: boolean;
  /** The namespace. */
  readonly namespace: string;
  /** The environment in the path, which only the path of a stream has. */
  readonly environment: string | undefined;
  /** The git reference. */
  readonly reference: string | undefined;
  /** The digest of the state that the client of a stream has. */
  readonly digest?: string;
}

/** A document that can be served. */
export interface Served {
  /** Its ETag, which is also its digest. */
  readonly etag: string;
  /** Returns its JSON. */
  body(): string | Uint8Array;
}

/** The documents of a server. */
export interface ServedDocuments {
  /** Returns whether there is an environment. */
  hasEnvironment(environment: string): boolean;
  /** Returns a document, or `undefined` when there is none. */
  find(place: { environment: string; namespace: string; reference: string | undefined }): Served | undefined;
}

const SNAPSHOT_PATH = /^\/internal\/v1\/evaluation\/snapshot\/namespace\/([^/?]+)(?:\?(.*))?$/;
const STREAM_PATH = /^\/client\/v2\/environments\/([^/?]+)\/namespaces\/([^/?]+)\/stream(?:\?(.*))?$/;

/** Parses a request. Returns `undefined` when it is not for a flag state. */
export function snapshotRequestOf({ method, path }: ReceivedRequest): SnapshotRequest | undefined {
  if (method !== "GET") return undefined;
  const [, namespace, query] = SNAPSHOT_PATH.exec(path) ?? [];
  if (namespace !== undefined) {
    const reference = new URLSearchParams(query).get("reference") ?? undefined;
    return { isStream: false, namespace: decoded(namespace), environment: undefined, reference };
  }
  const [, environment, streamed, streamQuery] = STREAM_PATH.exec(path) ?? [];
  if (environment === undefined || streamed === undefined) return undefined;
  return {
    isStream: true,
    namespace: decoded(streamed),
    environment: decoded(environment),
    reference: undefined,
    digest: new URLSearchParams(streamQuery).get("digest") ?? undefined,
  };
}

/** Returns the environment that a request names in its header. */
export function environmentOf({ headers }: ReceivedRequest): string | undefined {
  const header = headers["x-flipt-environment"];
  return header === undefined ? undefined : decoded(header);
}

/** Returns the response to a request for a snapshot. */
export function snapshotAnswer(
  request: ReceivedRequest,
  { namespace, reference }: SnapshotRequest,
  documents: ServedDocuments,
): PlainAnswer {
  const environment = environmentOf(request) ?? "default";
  if (!documents.hasEnvironment(environment)) return unknownEnvironment(environment);
  const served = documents.find({ environment, namespace, reference });
  if (served === undefined) return unknownNamespace(namespace);
  if (request.headers["if-none-match"] === served.etag) return { status: 304 };
  return success(served.body(), served.etag);
}

/** Returns the environment whose document is to be streamed, or the response that rejects the request. */
export function streamedEnvironment(
  request: ReceivedRequest,
  { environment: inPath = "default", digest }: SnapshotRequest,
  documents: Pick<ServedDocuments, "hasEnvironment">,
): PlainAnswer | string {
  const inHeader = environmentOf(request);
  if (inHeader !== undefined && !documents.hasEnvironment(inHeader)) {
    return asStreamError(unknownEnvironment(inHeader));
  }
  if (digest !== undefined && digest.length !== 40) {
    return asStreamError(failure(400, 3, "invalid field digest: must be a 40-character string"));
  }
  // Flipt takes an unknown environment in the path for the default one.
  return documents.hasEnvironment(inPath) ? inPath : "default";
}

/** Returns whether the client accepts gzip. */
export function acceptsGzip({ headers }: ReceivedRequest): boolean {
  return /\bgzip\b/.test(headers["accept-encoding"] ?? "");
}

/** The headers of a compressed response. */
export const GZIP_HEADERS = { "content-encoding": "gzip", "vary": "Accept-Encoding" } as const;

/**
 * Returns the response compressed, if the client accepts gzip. Like Flipt v2, names the encoding also in a 304.
 * @param compress Compresses the body.
 */
export function gzipped(
  request: ReceivedRequest,
  answer: PlainAnswer,
  compress: (body: string | Uint8Array) => Uint8Array = (body) => gzipSync(body),
): PlainAnswer {
  const { body } = answer;
  if (!acceptsGzip(request) || Array.isArray(body)) return answer;
  return {
    ...answer,
    headers: { ...answer.headers, ...GZIP_HEADERS },
    ...(body === undefined ? {} : { body: compress(body as string | Uint8Array) }),
  };
}

/** The response to a request that is not for a flag state. */
export const NOT_FOUND: PlainAnswer = {
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "404 page not found\n",
};

/** The response to a request without a valid token. */
export const UNAUTHENTICATED: PlainAnswer = {
  ...failure(401, 16, "request was not authenticated"),
  headers: { "content-type": "application/json", "www-authenticate": "request was not authenticated" },
};

/** Returns the response for a namespace that does not exist. */
export function unknownNamespace(namespace: string): PlainAnswer {
  return failure(404, 5, `evaluation snapshot for namespace "${namespace}" not found`);
}

function unknownEnvironment(environment: string): PlainAnswer {
  return failure(
    404,
    5,
    `failed to get environment "${environment}" from context: environment: "${environment}" not found`,
  );
}

/** Returns an error response in the form of the stream endpoint. */
export function asStreamError(answer: PlainAnswer): PlainAnswer {
  return { ...answer, body: `{"error":${String(answer.body)}}\n` };
}

/** Returns the response with a document. */
export function success(body: string | Uint8Array, etag: string | undefined): PlainAnswer {
  const headers = { "content-type": "application/json", ...(etag === undefined ? {} : { etag }) };
  return { status: 200, headers, body };
}

/** Returns an error response in the form of the snapshot endpoint. */
export function failure(status: number, code: number, message: string): PlainAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, message, details: [] }),
  };
}
