// Errors that say what a server said, and what to do about it. Loaded with the first answer that is no document.

import { isObject, quote } from "../../core/describe.ts";
import { DocumentError, FetchError } from "../../core/errors.ts";
import { nameOf } from "./limit_errors.ts";
import { chunksOf, type ReadableResponse, type RequestDetails } from "./response_body.ts";
import { retryAfterSeconds } from "./retry_after.ts";
import { hide } from "./sent_secrets.ts";

/** The most of an error's body that is read, in characters. */
const MAX_ERROR_BODY_CHARS = 16_384;
/** The most of the server's message that is repeated, in characters. */
const MAX_MESSAGE_CHARS = 300;

/** What a port for TLS says to a request in the clear. */
const SPEAKS_TLS = "that port speaks TLS: set the url option to one that starts with https://";

const RETRYABLE_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
const RETRY_AFTER_STATUSES: readonly number[] = [429, 503];

/** The error that a response is which is no document. */
export async function errorOf(
  response: ReadableResponse,
  asked: RequestDetails,
  signal: AbortSignal,
): Promise<FetchError> {
  const { status } = response;
  // A body that is no JSON, or does not arrive, has nothing to add to the status.
  const text = await beginning(response, signal).catch(() => "");
  let said: string | undefined;
  try {
    said = messageOf(text, asked.sent);
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
      return asked.sent["authorization"] === undefined
        ? "the server requires a token: set the authentication option"
        : "the server rejected this token: check the authentication option, and whether the token has expired";
    case 403:
      return `the token has no access to ${place}`;
    case 404:
      return flipt
        ? `check that there is a ${place} (to Flipt v2, an empty namespace does not exist)`
        : "this is not a response from Flipt: check the url option";
    case 500: {
      const { reference } = asked.settings;
      if (reference === undefined) return undefined;
      return `check that there is a branch, tag or commit ${quote(reference)}, the reference option`;
    }
    case 304:
      return "no request was made that this could be the response to";
  }
  return status < 400 ? "a flag state comes with status 200" : undefined;
}

/**
 * The `message` of an error's JSON text, on one line and without secrets; `undefined` when there is none.
 * @throws {SyntaxError} when the text is no JSON.
 */
export function messageOf(text: string, sent: RequestDetails["sent"]): string | undefined {
  const message = messageIn(JSON.parse(text)) ?? "";
  // deno-lint-ignore no-control-regex
  const line = hide(message, sent).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  if (line === "") return undefined;
  return line.length > MAX_MESSAGE_CHARS ? `${line.slice(0, MAX_MESSAGE_CHARS - 1)}…` : line;
}

function messageIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  return typeof value.message === "string" ? value.message : messageIn(value.error);
}

async function beginning(response: ReadableResponse, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(response, signal)) {
    text += decoder.decode(chunk.subarray(0, MAX_ERROR_BODY_CHARS), { stream: true });
    if (text.length >= MAX_ERROR_BODY_CHARS) break;
  }
  return text;
}

/** The encodings that a runtime's `fetch` takes off itself, if it does not refuse them. */
const DECODED = /^(?:identity|x-gzip|gzip|deflate|br|zstd)\b/i;

/**
 * Looks at the first bytes of what is no JSON object, of which no engine can say more than that.
 * @throws {DocumentError} when they tell what it is.
 */
export function checkBeginning(
  chunk: Uint8Array,
  { headers }: ReadableResponse,
  { url }: RequestDetails,
): void {
  const asker = nameOf(url);
  if (new TextDecoder().decode(chunk.subarray(0, 64)).trim().startsWith("<")) {
    throw new DocumentError(
      `${asker} answered with HTML, not with a document: is there a login page or proxy in front?`,
    );
  }
  const encoding = headers.get("content-encoding");
  if (encoding && !DECODED.test(encoding)) {
    throw new DocumentError(
      `${asker} answered with the content encoding ${quote(encoding)}, which was not requested: ` +
        `is there a proxy in front of Flipt that compresses?`,
    );
  }
}
