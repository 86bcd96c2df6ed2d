// Bun's fetch, with responses decompressed here. Left to itself, Bun decompresses all that a socket has received at once,
// even after the reader is gone: a gzip of blanks cost up to 240 MB.

import { isBun } from "../../ffi/runtime.ts";
import { type Fetch, uncached } from "./fetch.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The first byte of a gzip, with which no JSON begins. */
const GZIP_BEGIN = 0x1f;

/** What to fetch by on Bun; `undefined` elsewhere. */
export function ownFetchOnBun(): Fetch | undefined {
  return isBun() ? bunFetch : undefined;
}

/** The web's fetch, as Bun has it and as a user may have replaced it since. */
export const bunFetch: Fetch = async (url, init) => {
  const response = await fetch(url, {
    ...uncached({ ...init, headers: { "Accept-Encoding": "gzip", ...init.headers } }),
    decompress: false,
    // Bun gives up a response that is silent for five minutes, as a stream can be, unless it is told not to.
    timeout: false,
  } as RequestInit);
  const { body, headers } = response;
  const isCompressed = /^(x-)?gzip$/i.test(headers.get("content-encoding")?.trim() ?? "");
  return body && isCompressed ? new Response(decompressed(body), response) : response;
};

/** The body without its gzip, unless a `fetch` in the place of Bun's own has taken that off already. */
function decompressed(body: ReadableStream<Bytes>): ReadableStream<Bytes> {
  const reader = body.getReader();
  let chunks: ReadableStreamDefaultReader<Bytes> | undefined;
  return streamOf(
    async () => await (chunks ??= await beginning(reader)).read(),
    (reason) => (chunks ?? reader).cancel(reason),
  );
}

/** The chunks of a body, decompressed if they are compressed. */
async function beginning(
  reader: ReadableStreamDefaultReader<Bytes>,
): Promise<ReadableStreamDefaultReader<Bytes>> {
  const first = await reader.read();
  let isFirst = true;
  const bytes = streamOf(
    async () => {
      if (!isFirst) return await reader.read();
      isFirst = false;
      return first;
    },
    (reason) => reader.cancel(reason),
  );
  const isGzip = first.value?.[0] === GZIP_BEGIN;
  return (isGzip ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes).getReader();
}

/** A stream of what is read, as it is asked for. */
function streamOf(
  read: () => Promise<ReadableStreamReadResult<Bytes>>,
  cancel: (reason: unknown) => Promise<void>,
): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { done, value } = await read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel,
  }, { highWaterMark: 0 });
}
