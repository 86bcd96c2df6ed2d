// A document that a relay holds: the bytes as they came, with what they are known by.

import { createHash } from "node:crypto";
import { isObject } from "../core/describe.ts";
import { DocumentError } from "../core/errors.ts";

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
  /** When it was received, or confirmed last, in milliseconds since 1970. */
  readonly receivedAtMs: number;
}

const DIGEST = /^[0-9a-f]{40}$/;

/** The digest of a document: its own where it has one that servers and clients take, else one of its bytes. */
export function digestOf(document: Uint8Array, own: unknown): string {
  if (typeof own === "string" && DIGEST.test(own)) return own;
  return createHash("sha1").update(document).digest("hex");
}

/**
 * Checks that bytes are a document of a namespace.
 * @returns what identifies it.
 * @throws {DocumentError} when they are not.
 */
export function checkedDigest(document: Uint8Array, namespace: string): string {
  const invalid = (problem: string, cause?: unknown): DocumentError =>
    new DocumentError(`not a flag document of the namespace "${namespace}": ${problem}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (!isObject(value) || !isObject(value["namespace"]) || !Array.isArray(value["flags"])) {
    throw invalid("it has no namespace and flags");
  }
  if (value["namespace"]["key"] !== namespace) throw invalid("it is one of another namespace");
  return digestOf(document, value["digest"]);
}
