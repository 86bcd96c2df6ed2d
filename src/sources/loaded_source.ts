// Documents that come from a source of the user's, such as files, in place of a server.

import { abortable } from "../../core/abortable.ts";
import { describe, isObject, tagOf } from "../../core/describe.ts";
import { FetchError, FliptError } from "../../core/errors.ts";
import type { DocumentSource } from "../options/document_source.ts";
import { reasonOf } from "./response_body.ts";
import type { Source, SourceResult } from "./source.ts";
import type { Version } from "./version.ts";

/** Asks a document source of the user. */
export class LoadedSource implements Source {
  readonly url: string;
  readonly #source: DocumentSource;
  readonly #namespace: string;

  /** A source that asks `source` for the document of `namespace`. */
  constructor(source: DocumentSource, namespace: string) {
    this.url = source.name ?? "the document source";
    this.#source = source;
    this.#namespace = namespace;
  }

  async ask(held: Version | undefined, signal: AbortSignal): Promise<SourceResult> {
    const loaded = await this.#load(held?.etag, signal);
    if (!isObject(loaded) || typeof loaded.version !== "string") {
      return { kind: "document", chunks: [this.#bytesOf(loaded)], discard: () => {} };
    }
    const { version, document } = loaded;
    if (document === undefined && version === held?.etag) return { kind: "unchanged" };
    return { kind: "document", etag: version, chunks: [this.#bytesOf(document)], discard: () => {} };
  }

  async #load(version: string | undefined, signal: AbortSignal): Promise<unknown> {
    try {
      const pending = Promise.resolve(this.#source.load({ namespace: this.#namespace, signal, version }));
      return await abortable(pending, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof FliptError) throw error;
      throw this.#failure(`could not be read: ${reasonOf(error)}`, error);
    }
  }

  #bytesOf(loaded: unknown): Uint8Array {
    if (typeof loaded === "string") return new TextEncoder().encode(loaded);
    if (tagOf(loaded) === "Uint8Array") return loaded as Uint8Array;
    throw this.#failure(`must return JSON as a string or a Uint8Array, but returned ${describe(loaded)}`);
  }

  #failure(what: string, cause?: unknown): FetchError {
    return new FetchError(`${this.url} ${what}`, { url: "", retryable: false, cause });
  }
}
