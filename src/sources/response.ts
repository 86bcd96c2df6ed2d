// From a response to an answer: which status means what. What an answer that is no document means is in response_error.ts.

import { DocumentError, FetchError, isError } from "../../core/errors.ts";
import { nameOf } from "./limit_errors.ts";
import { chunksOf, discard, type ReadableResponse, reasonOf, type RequestDetails } from "./response_body.ts";
import type { SourceResult } from "./source.ts";

const SPACE = 0x20;
const OPENING_BRACE = 0x7b;

/**
 * What a response means.
 * @throws {FetchError} (rejects) for everything but a document and an expected 304.
 */
export async function sourceResultOf(
  response: ReadableResponse,
  asked: RequestDetails,
  signal: AbortSignal,
): Promise<SourceResult> {
  if (response.status === 200) {
    return {
      kind: "document",
      etag: response.headers.get("etag") || undefined,
      chunks: documentChunks(response, asked, signal),
      discard: () => discard(response),
    };
  }
  if (response.status === 304 && asked.conditional) {
    discard(response);
    return { kind: "unchanged" };
  }
  const { errorOf } = await import("./response_error.ts");
  throw await errorOf(response, asked, signal);
}

async function* documentChunks(
  response: ReadableResponse,
  asked: RequestDetails,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let first: number | undefined;
    for await (const chunk of chunksOf(response, signal)) {
      if (first === undefined) {
        first = chunk.find((byte) => byte > SPACE);
        if ((first ?? OPENING_BRACE) !== OPENING_BRACE) {
          const { checkBeginning } = await import("./response_error.ts");
          checkBeginning(chunk, response, asked);
        }
      }
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof DocumentError) throw error;
    const reason = reasonOf(error);
    throw new FetchError(`${nameOf(asked.url)} broke off in the middle of the document: ${reason}`, {
      url: asked.url,
      status: 200,
      retryable: !isError(error) || error.name !== "SyntaxError",
      cause: error,
    });
  }
}
