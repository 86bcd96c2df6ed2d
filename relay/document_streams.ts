// The open streams of a relay: each is sent the newest document as fast as its client reads, and skips those between.

import type { ServerResponse } from "node:http";
import { GZIP_HEADERS } from "../server/protocol.ts";
import { GZIP_HEAD, type ServedDocument } from "./served_document.ts";

/** A stream. */
interface Stream {
  readonly response: ServerResponse;
  readonly isCompressed: boolean;
  /** The digest of the document that its client has. */
  digest: string | undefined;
  isBlocked: boolean;
}

/** The streams of one namespace. */
export class DocumentStreams {
  readonly #streams = new Set<Stream>();
  #current: ServedDocument | undefined;

  /** The number of open streams. */
  get size(): number {
    return this.#streams.size;
  }

  /** Sends a document to all whose clients do not have it. */
  send(document: ServedDocument): void {
    this.#current = document;
    for (const stream of this.#streams) this.#update(stream);
  }

  /**
   * Adds a stream.
   * @param digest The digest of the document that its client has.
   */
  add(response: ServerResponse, isCompressed: boolean, digest: string | undefined): void {
    const stream: Stream = { response, isCompressed, digest, isBlocked: false };
    this.#streams.add(stream);
    response.once("close", () => this.#streams.delete(stream));
    response.on("drain", () => {
      stream.isBlocked = false;
      this.#update(stream);
    });
    this.#update(stream);
  }

  /** Ends all streams. A compressed one breaks off, as that of a Flipt server that stops: nobody kept its checksum. */
  end(): void {
    for (const { response, isCompressed } of this.#streams) {
      if (response.headersSent && !isCompressed) response.end();
      else response.destroy();
    }
    this.#streams.clear();
  }

  #update(stream: Stream): void {
    const { response, isCompressed } = stream;
    const document = this.#current;
    // One that waits for its client to read is sent the newest document then.
    if (document === undefined || stream.isBlocked || document.etag === stream.digest) return;
    stream.digest = document.etag;
    if (!response.headersSent) {
      response.writeHead(200, { "content-type": "application/json", ...(isCompressed ? GZIP_HEADERS : {}) });
      if (isCompressed) response.write(GZIP_HEAD);
    }
    stream.isBlocked = !response.write(isCompressed ? document.segment() : document.line());
  }
}
