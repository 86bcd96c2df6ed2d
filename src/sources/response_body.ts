// The bytes of a response's body, however it comes, and what messages about it may say.

import { abortable } from "../../core/abortable.ts";
import { isObject } from "../../core/describe.ts";
import { causesOf } from "../../core/errors.ts";
import type { FetcherResponse } from "../options/client_options.ts";
import type { Settings } from "../options/options.ts";

/** What is used of a response: its bytes at least as a whole. */
export interface ReadableResponse extends Pick<FetcherResponse, "status" | "headers" | "body"> {
  /** The bytes, for a body that is no stream. */
  arrayBuffer(): Promise<ArrayBufferLike>;
  /** The bytes of a part of the body, where parts can be anything. */
  bytesOf?(part: unknown): Uint8Array;
}

/** What was asked, for telling what went wrong. */
export interface RequestDetails {
  /** The URL, or `""` for a custom fetcher. */
  readonly url: string;
  /** Where it was looked for. */
  readonly settings: Pick<Settings, "namespace" | "environment" | "reference">;
  /** The headers that were sent: what is secret in them is kept out of messages. */
  readonly sent: Readonly<Record<string, string>>;
  /** Whether a 304 answers what was asked. */
  readonly conditional: boolean;
}

/** Tells the other side that the body is not wanted, so that the connection is free again. */
export function discard(response: ReadableResponse): void {
  const body: unknown = response.body;
  if (isReadableStream(body) && !body.locked) body.cancel().catch(() => {});
}

/** The bytes of a body as they arrive; rejects with the signal's reason when that is aborted. */
export async function* chunksOf(
  response: ReadableResponse,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const body: unknown = response.body;
  if (!isReadableStream(body)) {
    yield new Uint8Array(await abortable(response.arrayBuffer(), signal));
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      yield response.bytesOf?.(value) ?? value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// A body that is no stream of the web, such as that of older fetch packages, is read as a whole.
function isReadableStream(body: unknown): body is ReadableStream<Uint8Array> {
  return isObject(body) && typeof body.getReader === "function";
}

/** The innermost reason of a failed request: runtimes wrap it in sentences that say only that fetching failed. */
export function reasonOf(error: unknown): string {
  const inner = causesOf(error).at(-1);
  if (inner === undefined) return String(error);
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  const { message } = inner;
  if (message === "") return code || inner.name;
  return message.includes(code) ? message : `${message} (${code})`;
}
