// Reads documents and other JSON of a given shape, and says what is wrong with what is none. In pages it is loaded only
// for that.

import { document, type FlagDocument } from "./document.ts";
import { checkShape, invalid } from "./shape_check.ts";
import { isWellFormedJson, type Shape } from "./shape.ts";

/**
 * Reads a document that is not large, or that is trusted.
 * @returns The parsed JSON itself, every member that matters checked.
 * @throws {DocumentError} when the bytes are not UTF-8, not JSON, or not a document; the message says where.
 */
export function parseDocument(bytes: Uint8Array): FlagDocument {
  return parseChecked(bytes, document, "document") as FlagDocument;
}

/**
 * Reads UTF-8 JSON of a given shape.
 * @param what What the bytes are called in messages.
 * @throws {DocumentError} when the bytes are not UTF-8, not JSON, or of another shape.
 */
export function parseChecked(bytes: Uint8Array, shape: Shape, what: string): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(what, "it is not UTF-8 text", { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(what, `${bytes.length} bytes that are not JSON (${messageOf(cause)})`, { cause });
  }
  checkShape(value, shape, isWellFormedJson(text), what);
  return value;
}

/** What a runtime says of text that is not JSON. */
export function messageOf(cause: unknown): string {
  const { message } = cause as SyntaxError;
  // Some runtimes quote what they read, which can be long.
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}
