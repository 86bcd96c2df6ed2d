// The responses of Flipt servers v1 and v2 to a request for a namespace's snapshot, including their errors.

import { gzipSync } from "node:zlib";

/** A flag document. Only the members that the server itself reads are typed. */
export interface ServedDocument {
  /** The namespace. */
  readonly namespace: { readonly key: string };
  /** The flags. */
  readonly flags: readonly { readonly key: string }[];
  /** The digest. The server replaces it by its own. */
  readonly digest?: unknown;
}

/** The environment and reference of a document. */
export interface DocumentPlace {
  /** The environment. @default "default" */
  readonly environment?: string;
  /** The git reference. @default none */
  readonly reference?: string;
}

/** A document of the server. */
export interface StoredDocument {
  /** The document, without a digest. */
  readonly document: Omit<ServedDocument, "digest">;
  /** Its ETag, which is also its digest. */
  readonly etag: string;
}

/** A request that the server received. */
export interface RecordedRequest {
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

const SNAPSHOT_PATH = /^\/internal\/v1\/evaluation\/snapshot\/namespace\/([^/?]+)(?:\?(.*))?$/;
const STREAM_PATH = /^\/client\/v2\/environments\/([^/?]+)\/namespaces\/([^/?]+)\/stream(?:\?(.*))?$/;

/** Parses a request. Returns `undefined` when it is not for a flag state. */
export function snapshotRequestOf({ method, path }: RecordedRequest): SnapshotRequest | undefined {
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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the key of a document in the server's map. */
export function placeKey(
  namespace: string,
  { environment = "default", reference = "" }: DocumentPlace,
): string {
  return [environment, namespace, reference].join("\0");
}

/** Returns the response of a v1 server. */
export function answerV1(
  { headers }: RecordedRequest,
  { namespace, reference }: SnapshotRequest,
  documents: ReadonlyMap<string, StoredDocument>,
): PlainAnswer {
  // Flipt v1 always uses the ETag of the default branch, whatever the reference, and compares it first.
  const standard = documents.get(placeKey(namespace, {}));
  if (standard !== undefined && headers["if-none-match"] === standard.etag) return { status: 304 };
  const stored = documents.get(placeKey(namespace, { reference }));
  if (stored === undefined && reference !== undefined) {
    return failure(500, 13, `getting flags: couldn't find remote ref "refs/heads/${reference}"`);
  }
  if (stored === undefined) return failure(404, 5, `getting flags: namespace "${namespace}" not found`);
  const { document } = stored;
  // An empty namespace has no ETag, and clients that do not send their version get no default variants.
  const etag = document.flags.length === 0 ? undefined : standard?.etag;
  const sendsVersion = headers["x-flipt-accept-server-version"] !== undefined;
  const flags = document.flags.map((flag) => sendsVersion ? flag : { ...flag, defaultVariant: undefined });
  return success(JSON.stringify({ ...document, flags }), etag);
}

/** Returns the response of a v2 server. */
export function answerV2(
  request: RecordedRequest,
  { namespace, reference }: SnapshotRequest,
  documents: ReadonlyMap<string, StoredDocument>,
): PlainAnswer {
  const environment = decoded(request.headers["x-flipt-environment"] ?? "default");
  if (!isKnown(environment, documents)) return unknownEnvironment(environment);
  const stored = documents.get(placeKey(namespace, { environment, reference }));
  if (stored === undefined) {
    return failure(404, 5, `evaluation snapshot for namespace "${namespace}" not found`);
  }
  if (request.headers["if-none-match"] === stored.etag) return { status: 304 };
  return success(documentText(stored), stored.etag);
}

/** Returns whether the client accepts gzip. */
export function acceptsGzip({ headers }: RecordedRequest): boolean {
  return /\bgzip\b/.test(headers["accept-encoding"] ?? "");
}

/** Returns the response compressed, if the client accepts gzip. Like Flipt v2, names the encoding also in a 304. */
export function gzipped(request: RecordedRequest, answer: PlainAnswer): PlainAnswer {
  if (!acceptsGzip(request) || typeof answer.body === "object") return answer;
  return {
    ...answer,
    headers: { ...answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding" },
    ...(answer.body === undefined ? {} : { body: gzipSync(answer.body) }),
  };
}

/** Returns the key of the document to stream, or the response of a v2 server that rejects the request. */
export function streamKeyOf(
  request: RecordedRequest,
  snapshotRequest: SnapshotRequest,
  documents: ReadonlyMap<string, StoredDocument>,
): PlainAnswer | string {
  const header = request.headers["x-flipt-environment"];
  if (header !== undefined && !isKnown(decoded(header), documents)) {
    return asStreamError(unknownEnvironment(decoded(header)));
  }
  const { digest } = snapshotRequest;
  if (digest !== undefined && digest.length !== 40) {
    return asStreamError(failure(400, 3, "invalid field digest: must be a 40-character string"));
  }
  // Flipt takes an unknown environment in the path for the default one.
  const inPath = snapshotRequest.environment ?? "default";
  const environment = isKnown(inPath, documents) ? inPath : "default";
  return placeKey(snapshotRequest.namespace, { environment });
}

/** Returns a document as a v2 server sends it. */
export function documentText({ document, etag }: StoredDocument): string {
  return JSON.stringify({ ...document, digest: etag });
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

/** Returns an error response in the form of the stream endpoint. */
export function asStreamError(answer: PlainAnswer): PlainAnswer {
  return { ...answer, body: `{"error":${String(answer.body)}}\n` };
}

function isKnown(environment: string, documents: ReadonlyMap<string, StoredDocument>): boolean {
  if (environment === "default") return true;
  return [...documents.keys()].some((key) => key.startsWith(`${environment}\0`));
}

function unknownEnvironment(environment: string): PlainAnswer {
  return failure(
    404,
    5,
    `failed to get environment "${environment}" from context: environment: "${environment}" not found`,
  );
}

function success(body: string, etag: string | undefined): PlainAnswer {
  const headers = { "content-type": "application/json", ...(etag === undefined ? {} : { etag }) };
  return { status: 200, headers, body };
}

function failure(status: number, code: number, message: string): PlainAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, message, details: [] }),
  };
}
