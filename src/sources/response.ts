// From a response to an answer: which status means what, the bytes of a body however it comes, and errors that say
// what the server said and what to do about it.

import { abortable } from "../../core/abortable.ts";
import type { FetcherResponse } from "../options/client_options.ts";
import { isObject, quote } from "../../core/describe.ts";
import { causesOf, FetchError, isError } from "../../core/errors.ts";
import { nameOf } from "./limit_errors.ts";
import type { Settings } from "../options/options.ts";
import { retryAfterSeconds } from "./retry_after.ts";
import type { SourceResult } from "./source.ts";

/** What was asked, for telling what went wrong. */
export interface RequestDetails {
  /** The URL, or `""` for a custom fetcher. */
  readonly url: string;
  /** Where it was looked for. */
  readonly settings: Pick<Settings, "namespace" | "environment" | "reference">;
  /** The token that was sent, to be kept out of messages. */
  readonly secret: string | undefined;
  /** Whether a 304 answers what was asked. */
  readonly conditional: boolean;
}

/** The most of an error's body that is read, in characters. */
const MAX_ERROR_BODY_CHARS = 16_384;
/** The most of the server's message that is repeated, in characters. */
const MAX_MESSAGE_CHARS = 300;

/** What a port for TLS says to a request in the clear. */
const SPEAKS_TLS = "that port speaks TLS: set the url option to one that starts with https://";

const RETRYABLE_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
const RETRY_AFTER_STATUSES: readonly number[] = [429, 503];

/**
 * What a response means.
 * @throws {FetchError} (rejects) for everything but a document and an expected 304.
 */
export async function sourceResultOf(
  response: FetcherResponse,
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
  throw await errorOf(response, asked, signal);
}

/** Tells the other side that the body is not wanted, so that the connection is free again. */
export function discard(response: FetcherResponse): void {
  const body: unknown = response.body;
  if (isReadableStream(body) && !body.locked) body.cancel().catch(() => {});
}

async function* documentChunks(
  response: FetcherResponse,
  asked: RequestDetails,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunksOf(response, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const reason = hide(reasonOf(error), asked.secret);
    throw new FetchError(`${nameOf(asked.url)} broke off in the middle of the document: ${reason}`, {
      url: asked.url,
      status: 200,
      retryable: !isError(error) || error.name !== "SyntaxError",
      cause: error,
    });
  }
}

/** The bytes of a body as they arrive; rejects with the signal's reason when that is aborted. */
export async function* chunksOf(
  response: FetcherResponse,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const body: unknown = response.body;
  if (!isReadableStream(body)) {
    yield await abortable(wholeBody(response), signal);
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function wholeBody(response: FetcherResponse): Promise<Uint8Array> {
  if (typeof response.arrayBuffer === "function") return new Uint8Array(await response.arrayBuffer());
  const text = typeof response.text === "function"
    ? await response.text()
    : JSON.stringify(await response.json()) ?? "";
  return new TextEncoder().encode(text);
}

// A body that is no stream of the web, such as that of older fetch packages, is read by the response's own methods.
function isReadableStream(body: unknown): body is ReadableStream<Uint8Array> {
  return isObject(body) && typeof body.getReader === "function";
}

/** The error that a response is which is no document. */
export async function errorOf(
  response: FetcherResponse,
  asked: RequestDetails,
  signal: AbortSignal,
): Promise<FetchError> {
  const { status } = response;
  // A body that is no JSON, or does not arrive, has nothing to add to the status.
  const text = await beginning(response, signal).catch(() => "");
  let said: string | undefined;
  try {
    said = messageOf(text, asked.secret);
  } catch {
    // Go's server and proxies say so in plain text.
    if (status === 400 && /HTTP request .*HTTPS (server|port)/s.test(text)) said = SPEAKS_TLS;
  }
  const hint = hintFor(status, said !== undefined, asked);
  const answered = said === undefined ? `answered ${status}` : `answered ${status}: ${said}`;
  return new FetchError(`${nameOf(asked.url)} ${answered}${hint === undefined ? "" : `; ${hint}`}`, {
    url: asked.url,
    status,
    retryable: RETRYABLE_STATUSES.includes(status),
    serverMessage: said,
    retryAfter: RETRY_AFTER_STATUSES.includes(status) ? retryAfterSeconds(response.headers) : undefined,
  });
}

function hintFor(status: number, flipt: boolean, asked: RequestDetails): string | undefined {
  const place = `namespace ${quote(asked.settings.namespace)} in environment ${
    quote(asked.settings.environment)
  }`;
  switch (status) {
    case 401:
      return asked.secret === undefined
        ? "the server wants a token: set the authentication option"
        : "the server does not accept this token: check the authentication option, and whether the token has expired";
    case 403:
      return `the token has no access to ${place}`;
    case 404:
      return flipt
        ? `check that there is a ${place} (to Flipt v2, an empty namespace does not exist)`
        : "this is not what Flipt answers: check the url option";
    case 500: {
      const { reference } = asked.settings;
      if (reference === undefined) return undefined;
      return `check that there is a branch, tag or commit ${quote(reference)}, the reference option`;
    }
    case 304:
      return "nothing was asked that this could be the answer to";
  }
  return status < 400 ? "a flag state comes with status 200" : undefined;
}

/**
 * The `message` of an error's JSON text, on one line and without the token; `undefined` when there is none.
 * @throws {SyntaxError} when the text is no JSON.
 */
export function messageOf(text: string, secret: string | undefined): string | undefined {
  const message = messageIn(JSON.parse(text)) ?? "";
  // deno-lint-ignore no-control-regex
  const line = hide(message, secret).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  if (line === "") return undefined;
  return line.length > MAX_MESSAGE_CHARS ? `${line.slice(0, MAX_MESSAGE_CHARS - 1)}…` : line;
}

/** The text without the token; one of a few letters is no secret, and in many words. */
export function hide(text: string, secret: string | undefined): string {
  return secret === undefined || secret.length < 4 ? text : text.replaceAll(secret, "[token]");
}

function messageIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  return typeof value.message === "string" ? value.message : messageIn(value.error);
}

async function beginning(response: FetcherResponse, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(response, signal)) {
    text += decoder.decode(chunk.subarray(0, MAX_ERROR_BODY_CHARS), { stream: true });
    if (text.length > MAX_ERROR_BODY_CHARS) break;
  }
  return text;
}

/** The innermost reason of a failed request: runtimes wrap it in sentences that say only that fetching failed. */
export function reasonOf(error: unknown): string {
  const inner = causesOf(error).at(-1);
  if (inner === undefined) return String(error);
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  // Deno repeats the URL, which the message has already.
  const message = inner.message.replace(/^error sending request .*?\): /, "");
  if (message === "") return code || inner.name;
  return message.includes(code) ? message : `${message} (${code})`;
}
