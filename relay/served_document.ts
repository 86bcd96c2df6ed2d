// A document as a relay sends it: with its digest, as a line of a stream, and compressed once for all who take it so.

import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { concatenated } from "../core/bytes.ts";
import type { Served } from "../server/protocol.ts";
import type { HeldDocument } from "./held_document.ts";

const encoder = new TextEncoder();

/** The head of a gzip stream, which segments follow. */
export const GZIP_HEAD: Uint8Array = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** A document in the forms in which it is sent, each made when it is asked for. */
export class ServedDocument implements Served {
  readonly etag: string;
  readonly #body: Uint8Array;
  #compressed: Uint8Array | undefined;
  #line: Uint8Array | undefined;
  #segment: Uint8Array | undefined;

  constructor({ document, digest }: HeldDocument) {
    this.etag = digest;
    this.#body = withDigest(document, digest);
  }

  body(): Uint8Array {
    return this.#body;
  }

  /** Returns the JSON compressed with gzip. */
  compressed(): Uint8Array {
    return this.#compressed ??= gzipSync(this.#body);
  }

  /** Returns the line of a stream. */
  line(): Uint8Array {
    return this.#line ??= concatenated([encoder.encode('{"result":'), this.#body, encoder.encode("}\n")]);
  }

  /**
   * Returns the line as a piece of a gzip stream. It refers to nothing before it and ends on a byte, so that it is the
   * same for every stream, wherever that is.
   */
  segment(): Uint8Array {
    return this.#segment ??= deflateRawSync(this.line(), { finishFlush: constants.Z_SYNC_FLUSH });
  }
}

/** Returns a document that has a digest: clients of a stream tell by it what they have. Flipt v1 sends none. */
function withDigest(document: Uint8Array, digest: string): Uint8Array {
  const text = new TextDecoder().decode(document);
  if (text.includes(digest)) return document;
  const end = text.lastIndexOf("}");
  return encoder.encode(`${text.slice(0, end)},"digest":${JSON.stringify(digest)}}`);
}
