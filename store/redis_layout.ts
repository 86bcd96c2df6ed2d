// What a relay keeps in Redis and what clients read there: the keys, the fields, and how a document is written in them.
//
// A document is one hash, which one script replaces, so that nobody ever reads half of one. Its keys and its channel have
// a hash tag, so that they are in one slot of a cluster; namespaces spread over the slots.

import { FliptError } from "../core/errors.ts";
import { fromBase64, toBase64 } from "../engines/base64.ts";

/** What all keys begin with, unless the user says otherwise. */
export const DEFAULT_PREFIX = "flipt";

/** Documents that are larger than this, in bytes, are compressed. */
const MAX_PLAIN_BYTES = 4096;

/** What a document is read for. */
export interface DocumentPlace {
  /** What all keys begin with. */
  readonly prefix: string;
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
}

/** The key of the hash with the document of a namespace. */
export function documentKey({ prefix, environment, namespace }: DocumentPlace): string {
  return `${prefix}:{${encodeURIComponent(environment)}/${encodeURIComponent(namespace)}}:document`;
}

/** The channel on which the version of each new document of a namespace is published. */
export function changesChannel({ prefix, environment, namespace }: DocumentPlace): string {
  return `${prefix}:{${encodeURIComponent(environment)}/${encodeURIComponent(namespace)}}:changes`;
}

/** The fields of a document's hash that readers ask for. */
export const VERSION_FIELDS = ["version", "digest"] as const;

/** The fields of a document's hash that readers ask for to have the document, too. */
export const DOCUMENT_FIELDS = [...VERSION_FIELDS, "encoding", "size", "data"] as const;

/** Which document is in Redis. */
export interface StoredVersion {
  /** Rises with each document that is written. */
  readonly version: number;
  /** The digest of the document. */
  readonly digest: string;
}

/** A version as one text, as clients hold it. */
export function versionText({ version, digest }: StoredVersion): string {
  return `${version}-${digest}`;
}

/** The number of a version that a client holds; `undefined` when it is none of Redis. */
export function versionNumber(text: string | undefined): number | undefined {
  const [, digits] = /^(\d{1,15})-/.exec(text ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The version that is in the first fields of a reply; `undefined` when there is no document. */
export function storedVersion([version, digest]: readonly unknown[]): StoredVersion | undefined {
  if (typeof version !== "string" || !/^\d{1,15}$/.test(version)) return undefined;
  return { version: Number(version), digest: String(digest ?? "") };
}

/** A document as it is in Redis: in text, since not every client of Redis gives bytes back as they are. */
export interface EncodedDocument {
  /** How `data` has to be read: `json`, or `gzip` in base64. */
  readonly encoding: "json" | "gzip";
  /** The bytes of the document. */
  readonly size: number;
  /** The document. */
  readonly data: string;
}

/** Writes a document for Redis. */
export async function encodeDocument(document: Uint8Array): Promise<EncodedDocument> {
  const size = document.length;
  if (size <= MAX_PLAIN_BYTES) return { encoding: "json", size, data: textOf(document) };
  const compressed = streamOf(document).pipeThrough(new CompressionStream("gzip"));
  return { encoding: "gzip", size, data: toBase64(await bytesOf(compressed)) };
}

/**
 * Reads the document in the last fields of a reply.
 * @throws {FliptError} (rejects) when they are not one that was written whole.
 */
export async function decodeDocument(
  [encoding, size, data]: readonly unknown[],
): Promise<Uint8Array> {
  const expected = Number(size);
  if (typeof data !== "string" || !Number.isInteger(expected)) throw new FliptError("it is incomplete");
  if (encoding === "json") return whole(new TextEncoder().encode(data), expected);
  if (encoding !== "gzip") throw new FliptError("it is written in a way that this version does not support");
  const compressed = fromBase64(data);
  if (compressed === undefined) throw new FliptError("it is no base64");
  let bytes: Uint8Array;
  try {
    const plain = streamOf(compressed).pipeThrough(new DecompressionStream("gzip"));
    bytes = await bytesOf(plain, expected);
  } catch (cause) {
    throw new FliptError("it cannot be decompressed", { cause });
  }
  return whole(bytes, expected);
}

function whole(bytes: Uint8Array, expected: number): Uint8Array {
  if (bytes.length === expected) return bytes;
  throw new FliptError("it has another length than the one that was written");
}

function textOf(document: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
}

/** All bytes of a stream, which ends early where it has more than `limit`: what it says of itself is then not true. */
async function bytesOf(stream: ReadableStream<Uint8Array>, limit = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limit) break;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
