// The answers of Flipt servers: what v1 and v2 say to a request for a namespace's snapshot, and how they fail.

import { gzipSync } from "node:zlib";

/** A flag document; only what the server itself looks at has a type. */
export interface ServedDocument {
  /** The namespace. */
  readonly namespace: { readonly key: string };
  /** The flags. */
  readonly flags: readonly { readonly key: string }[];
  /** The digest; a server puts its own in its place. */
  readonly digest?: unknown;
}

/** Where a document belongs. */
export interface DocumentPlace {
  /** The environment. @default "default" */
  readonly environment?: string;
  /** The git reference. @default none */
  readonly reference?: string;
}

/** A document that is served. */
export interface StoredDocument {
  /** The document, without a digest. */
  readonly document: Omit<ServedDocument, "digest">;
  /** What tells it from others. */
  readonly etag: string;
}

/** A request that arrived. */
export interface RecordedRequest {
  /** The method. */
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** The headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An answer, as it goes over the wire. */
export interface PlainAnswer {
  /** The status. @default 200 */
  readonly status?: number;
  /** The headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; an array is sent chunk by chunk. @default "" */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** Which namespace a request is for. */
export interface Wanted {
  /** Whether it is for the stream. */
  readonly isStream: boolean;
  /** The namespace. */
  readonly namespace: string;
  /** The environment in the path of a stream. */
  readonly environment: string | undefined;
  /** The git reference. */
  readonly reference: string | undefined;
}

const snapshotPath = /^\/internal\/v1\/evaluation\/snapshot\/namespace\/([^/?]+)(?:\?(.*))?$/;
const streamPath = /^\/client\/v2\/environments\/([^/?]+)\/namespaces\/([^/?]+)\/stream(?:\?.*)?$/;

/** What a request is for; `undefined` for anything that no client asks for. */
export function wantedBy({ method, path }: RecordedRequest): Wanted | undefined {
  if (method !== "GET") return undefined;
  const [, namespace, query] = snapshotPath.exec(path) ?? [];
  if (namespace !== undefined) {
    const reference = new URLSearchParams(query).get("reference") ?? undefined;
    return { isStream: false, namespace: decoded(namespace), environment: undefined, reference };
  }
  const [, environment, streamed] = streamPath.exec(path) ?? [];
  if (environment === undefined || streamed === undefined) return undefined;
  return {
    isStream: true,
    namespace: decoded(streamed),
    environment: decoded(environment),
    reference: undefined,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The key of a document among all. */
export function placeKey(
  namespace: string,
  { environment = "default", reference = "" }: DocumentPlace,
): string {
  return [environment, namespace, reference].join("\0");
}

/** What a v1 server answers. */
export function answerV1(
  { headers }: RecordedRequest,
  { namespace, reference }: Wanted,
  documents: ReadonlyMap<string, StoredDocument>,
): PlainAnswer {
  // Flipt v1 takes its ETag from the default branch, whatever the reference, and compares before it looks further.
  const standard = documents.get(placeKey(namespace, {}));
  if (standard !== undefined && headers["if-none-match"] === standard.etag) return { status: 304 };
  const stored = documents.get(placeKey(namespace, { reference }));
  if (stored === undefined && reference !== undefined) {
    return failure(500, 13, `getting flags: couldn't find remote ref "refs/heads/${reference}"`);
  }
  if (stored === undefined) return failure(404, 5, `getting flags: namespace "${namespace}" not found`);
  const { document } = stored;
  // An empty namespace has no ETag, and clients that name no version get no default variants.
  const etag = document.flags.length === 0 ? undefined : standard?.etag;
  const isNamed = headers["x-flipt-accept-server-version"] !== undefined;
  const flags = document.flags.map((flag) => isNamed ? flag : { ...flag, defaultVariant: undefined });
  return success(JSON.stringify({ ...document, flags }), etag);
}

/** What a v2 server answers. */
export function answerV2(
  request: RecordedRequest,
  { namespace, reference }: Wanted,
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

/** Whether a client takes bodies that are compressed with gzip. */
export function acceptsGzip({ headers }: RecordedRequest): boolean {
  return /\bgzip\b/.test(headers["accept-encoding"] ?? "");
}

/** The answer as a v2 server sends it to who takes gzip: a 304 names the encoding, too, though it has no body. */
export function compressed(request: RecordedRequest, answer: PlainAnswer): PlainAnswer {
  if (!acceptsGzip(request) || typeof answer.body === "object") return answer;
  return {
    ...answer,
    headers: { ...answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding" },
    ...(answer.body === undefined ? {} : { body: gzipSync(answer.body) }),
  };
}

/** What a v2 server refuses a stream with; or else the key of the document that the stream is of. */
export function streamedBy(
  request: RecordedRequest,
  wanted: Wanted,
  documents: ReadonlyMap<string, StoredDocument>,
): PlainAnswer | string {
  const named = request.headers["x-flipt-environment"];
  if (named !== undefined && !isKnown(decoded(named), documents)) {
    return wrapped(unknownEnvironment(decoded(named)));
  }
  // An environment in the path alone that is not there is quietly taken for the default one.
  const inPath = wanted.environment ?? "default";
  const environment = isKnown(inPath, documents) ? inPath : "default";
  return placeKey(wanted.namespace, { environment });
}

/** A document as a v2 server sends it. */
export function documentText({ document, etag }: StoredDocument): string {
  return JSON.stringify({ ...document, digest: etag });
}

/** The answer to what no client asks for. */
export const notFound: PlainAnswer = {
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "404 page not found\n",
};

/** The answer to who is not let in. */
export const unauthenticated: PlainAnswer = {
  ...failure(401, 16, "request was not authenticated"),
  headers: { "content-type": "application/json", "www-authenticate": "request was not authenticated" },
};

/** The error of a stream holds that of the snapshot. */
export function wrapped(answer: PlainAnswer): PlainAnswer {
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
