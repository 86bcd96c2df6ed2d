// Turns the bytes of a document or snapshot into an engine of the reference library. Runs in the Worker, or where there
// is none on the thread that asks.

import { DocumentError, EngineError, errorText } from "../../core/errors.ts";
import type { InputFormat } from "../engine.ts";
import { parseBounded } from "../large.ts";
import { encodeSnapshot } from "../snapshot.ts";
import { decodeSnapshot } from "../snapshot_reading.ts";
import { type ContentKey, contentNumbers } from "./content_number.ts";
import type { ReferenceLibrary } from "./reference_library.ts";

/** What an engine is made of. */
export interface InitializationInput {
  /** What the bytes are. */
  readonly format: InputFormat;
  /** The namespace that is asked for. */
  readonly namespace: string;
  /** The document or snapshot. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The key of the numbers of contents. */
  readonly contentKey: ContentKey;
}

/** An engine, and what the library does not tell about it. */
export interface InitializedEngine {
  /** The address of the engine. */
  readonly engine: bigint;
  /** The digest inside the document, when it has one. */
  readonly digest: string | undefined;
  /** A number for the content of each flag. */
  readonly contents: ReadonlyMap<string, number>;
}

/** The options of an engine, and what it must hold afterwards. */
export interface EngineOptions {
  /** NUL-terminated JSON. */
  readonly json: Uint8Array;
  /** The digest inside the document, when it has one. */
  readonly digest: string | undefined;
  /** A number for the content of each flag: the engine must have as many. */
  readonly contents: ReadonlyMap<string, number>;
}

// As large as the library takes: it never asks for an update.
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Makes the options of an engine that evaluates and does nothing else: with an empty URL it sends no request.
 * @throws {DocumentError} when the bytes are not valid: the library would end the process, or hold no flags at all.
 */
export function engineOptions({ format, namespace, bytes, contentKey }: InitializationInput): EngineOptions {
  const key = namespace.toWellFormed();
  const document = format === "document" ? parseBounded(bytes) : decodeSnapshot(bytes, key);
  const options = {
    url: "",
    namespace: key,
    error_strategy: "fallback",
    update_interval: NEVER,
    snapshot: encodeSnapshot(document, key),
  };
  return {
    json: new TextEncoder().encode(`${JSON.stringify(options)}\0`),
    digest: typeof document.digest === "string" ? document.digest : undefined,
    contents: contentNumbers(document, key, contentKey),
  };
}

/**
 * Makes an engine on this thread.
 * @throws {DocumentError} when the engine does not take its flags.
 */
export function initialize(library: ReferenceLibrary, options: EngineOptions): InitializedEngine {
  const { json, digest, contents } = options;
  const engine = library.initialize(json);
  checkFlagCount(library, engine, contents.size);
  return { engine, digest, contents };
}

/**
 * Checks that an engine took its flags, which it does not say by itself: it starts empty where it dislikes its options.
 * @throws {DocumentError} when it did not; the engine is destroyed then.
 */
export function checkFlagCount(library: ReferenceLibrary, engine: bigint, flagCount: number): void {
  const actual = library.listFlags(engine).result?.length;
  if (actual === flagCount) return;
  library.destroy(engine);
  throw new DocumentError(
    `the reference library took ${
      actual ?? "none"
    } of ${flagCount} flags: it reads this document differently; ` +
      "the flag state stays as it was",
  );
}

/** A failure in a form that can be posted. */
export interface Failure {
  /** The message of the error. */
  readonly message: string;
  /** Whether it was a `DocumentError`. */
  readonly isDocumentError: boolean;
}

/** The failure that an error is. */
export function failureOf(error: unknown): Failure {
  return {
    message: errorText(error),
    isDocumentError: error instanceof DocumentError,
  };
}

/** The error that a failure was. */
export function errorOf({ message, isDocumentError }: Failure): EngineError {
  return isDocumentError ? new DocumentError(message) : new EngineError(message);
}
