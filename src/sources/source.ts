// What every source of documents looks like to the client. A source knows how to ask; it knows no engine.

import type { Version } from "./version.ts";

/** What a source has to say. */
export type SourceResult =
  | { readonly kind: "unchanged" }
  | {
    readonly kind: "document";
    /** The ETag that came with it. */
    readonly etag?: string;
    /** The document's bytes as they arrive; to be read once. */
    readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    /** Declines the chunks, in place of reading them. */
    discard(): void;
  };

/** Where documents come from. */
export interface Source {
  /** The URL it asks, for messages; `""` where it has none. */
  readonly url: string;
  /**
   * Asks once, and settles as soon as it is known what the answer is; the chunks follow.
   * @param held the version that the client has; `undefined` when it has none from this source.
   * @param signal ends the asking and the chunks; they reject with its reason.
   * @throws {FetchError} (rejects, the chunks too) when there is no usable answer.
   */
  ask(held: Version | undefined, signal: AbortSignal): Promise<SourceResult>;
}
