// Gives documents to the Flipt clients in the way of a network: in chunks, each of them an event of its own.

import { open } from "node:fs/promises";
import { setImmediate } from "node:timers";

/** What both this package's and the official client take as a fetcher. */
export type DocumentFetcher = () => Promise<Response>;

const CHUNK = 64 * 1024;

/** A document in memory. */
export interface DocumentBytes {
  /** Its JSON text. */
  readonly bytes: Uint8Array;
  /** Names this version of it. */
  readonly etag: string;
}

/** A fetcher that answers with what `next` gives, as fast as the reader reads. */
export function fetcherOf(next: () => DocumentBytes): DocumentFetcher {
  return () => {
    const { bytes, etag } = next();
    let offset = 0;
    return Promise.resolve(streamed(etag, () => {
      // A copy, as a network's chunks are: nothing of it stays when it is read.
      const chunk = bytes.slice(offset, offset + CHUNK);
      offset += CHUNK;
      return Promise.resolve(chunk);
    }));
  };
}

/** A fetcher that always gives the one document. */
export function fetcherOfText(text: string): DocumentFetcher {
  const bytes = new TextEncoder().encode(text);
  return fetcherOf(() => ({ bytes, etag: "0".repeat(40) }));
}

/** Loads what the runtime needs for any answer: some do that at the first one, which then takes a tenth of a second. */
export async function loadResponses(): Promise<void> {
  const response = await fetcherOfText("{}")();
  await response.json();
}

/** A fetcher that reads a file, and so never has the whole document in memory. */
export function fetcherOfFile(path: string): DocumentFetcher {
  return async () => {
    const file = await open(path);
    return streamed(path, async () => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(CHUNK), 0, CHUNK);
      if (bytesRead === 0) await file.close();
      return buffer.subarray(0, bytesRead);
    });
  };
}

/** An answer whose body is what `read` gives until that is empty. */
function streamed(etag: string, read: () => Promise<Uint8Array<ArrayBuffer>>): Response {
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
