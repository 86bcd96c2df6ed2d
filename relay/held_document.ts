// A document that a relay holds: the bytes as they came, with what they are known by.

import { createHash } from "node:crypto";
import { DocumentError } from "../core/errors.ts";
import { type FlagDocument, LARGE_BYTES } from "../engines/document.ts";
import { parseDocument } from "../engines/document_parsing.ts";
import { parseBounded } from "../engines/large.ts";

/** The document of a namespace, as a relay holds it. */
export interface HeldDocument {
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
  /** The JSON of the document, byte by byte as the server sent it. */
  readonly document: Uint8Array;
  /** What identifies this state: 40 hex digits. */
  readonly digest: string;
  /**
   * When a server sent it, or confirmed it last, in milliseconds since 1970; 0 for one from a store, which no server has
   * confirmed: it may be older than what others hold.
   */
  readonly receivedAtMs: number;
}

/** A name of the place of a document, for maps: neither part has a zero character in it. */
export function placeKey(environment: string, namespace: string): string {
  return `${environment}\0${namespace}`;
}

const DIGEST = /^[0-9a-f]{40}$/;

/** What each document that was checked is known by. Checking takes longer than anything else that is done with one. */
const digests = new WeakMap<Uint8Array, string>();

/**
 * Checks that bytes are a document of a namespace. The same bytes are checked once.
 * @returns what identifies it: its own digest, where it has one that servers and clients take, else one of its bytes.
 * @throws {DocumentError} when they are not.
 */
export function checkedDigest(bytes: Uint8Array, namespace: string): string {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  return accept(bytes, bytes.length < LARGE_BYTES ? parseDocument(bytes) : parseBounded(bytes), namespace);
}

/**
 * Takes over what the bytes of a document were parsed to.
 * @returns as `checkedDigest`.
 * @throws {DocumentError} when it is one of another namespace.
 */
export function accept(bytes: Uint8Array, document: FlagDocument, namespace: string): string {
  const { namespace: { key }, digest: own } = document;
  if (key !== namespace) {
    throw new DocumentError(`the document belongs to the namespace "${key}", not to "${namespace}"`);
  }
  const digest = digestOf(bytes, own);
  digests.set(bytes, digest);
  return digest;
}

/** The digest of a document: its own where it has one that servers and clients take, else one of its bytes. */
export function digestOf(document: Uint8Array, own: unknown): string {
  if (typeof own === "string" && DIGEST.test(own)) return own;
  return createHash("sha1").update(document).digest("hex");
}
