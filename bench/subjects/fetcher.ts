// Provides documents to the Flipt clients like a network: in chunks, each in a turn of the event loop of its own.

import { open } from "node:fs/promises";
import { setImmediate } from "node:timers";

/** A fetcher for both this package's and the official client. */
export type DocumentFetcher = () => Promise<Response>;

const CHUNK_BYTES = 64 * 1024;

/** A document in memory. */
export interface DocumentBytes {
  /** Its JSON as UTF-8. */
  readonly bytes: Uint8Array;
  /** Its ETag. */
  readonly etag: string;
}

/** Returns a fetcher for the documents that `next` returns, which are sent as fast as they are read. */
export function fetcherOf(next: () => DocumentBytes): DocumentFetcher {
  return () => {
    const { bytes, etag } = next();
    let offset = 0;
    return Promise.resolve(streamedResponse(etag, () => {
      // A copy, like a chunk from the network, so that it can be collected after it is read.
      const chunk = bytes.slice(offset, offset + CHUNK_BYTES);
      offset += CHUNK_BYTES;
      return Promise.resolve(chunk);
    }));
  };
}

/** Returns a fetcher for one document. */
export function fetcherOfText(text: string): DocumentFetcher {
  const bytes = new TextEncoder().encode(text);
  return fetcherOf(() => ({ bytes, etag: "0".repeat(40) }));
}

/** Loads the runtime's code for responses, which some runtimes load lazily and which takes up to 0.1 s. */
export async function loadResponses(): Promise<void> {
  const response = await fetcherOfText("{}")();
  await response.json();
}

/** Returns a fetcher that streams a file, so that the whole document is never in memory. */
export function fetcherOfFile(path: string): DocumentFetcher {
  return async () => {
    const file = await open(path);
    return streamedResponse(path, async () => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) await file.close();
      return buffer.subarray(0, bytesRead);
    });
  };
}

/** Returns a response whose body is what `read` returns until that is empty. */
function streamedResponse(etag: string, read: () => Promise<Uint8Array<ArrayBuffer>>): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller): Promise<void> {
      await new Promise((resolve) => setImmediate(resolve));
      const chunk = await read();
      if (chunk.length === 0) controller.close();
      else controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { ETag: etag, "Content-Type": "application/json" } });
}
