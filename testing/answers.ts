// The documents of the test server, and what is not the same for every server: the responses of Flipt v1.

import type { PlainAnswer, ReceivedRequest, ServedDocuments, SnapshotRequest } from "../server/protocol.ts";
import { failure, success } from "../server/protocol.ts";

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

/** Returns the key of a document in the server's map. */
export function placeKey(
  namespace: string,
  { environment = "default", reference = "" }: DocumentPlace,
): string {
  return [environment, namespace, reference].join("\0");
}

/** Returns the documents of the map as a v2 server has them. */
export function servedDocuments(documents: ReadonlyMap<string, StoredDocument>): ServedDocuments {
  return {
    hasEnvironment: (environment) =>
      environment === "default" || [...documents.keys()].some((key) => key.startsWith(`${environment}\0`)),
    find: ({ namespace, ...place }) => {
      const stored = documents.get(placeKey(namespace, place));
      return stored && { etag: stored.etag, body: () => documentText(stored) };
    },
  };
}

/** Returns the response of a v1 server. */
export function answerV1(
  { headers }: ReceivedRequest,
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

/** Returns a document as a v2 server sends it. */
export function documentText({ document, etag }: StoredDocument): string {
  return JSON.stringify({ ...document, digest: etag });
}
