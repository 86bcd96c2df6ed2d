// A request over one of Node's HTTP modules, which Deno and Bun have, too, as a response of the web. Loaded only where the
// web's own fetch does not reach.

import type { ClientRequest, IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import { quote } from "../../core/describe.ts";
import { FetchError } from "../../core/errors.ts";
import { soon } from "../../ffi/system_clock.ts";
import type { Flow } from "./secured_connection_node.ts";

/** The modules that are needed. */
export interface ExchangeModules {
  readonly stream: typeof import("node:stream");
  readonly zlib: typeof import("node:zlib");
}

/** What is sent. */
export interface Outgoing {
  /** The method. */
  readonly method: "GET" | "POST";
  /** The headers. */
  readonly headers: Record<string, string>;
}

/** What is asked. */
export interface Asked {
  /** The URL, for messages. */
  readonly url: string;
  /** The headers. */
  readonly headers: Record<string, string>;
  /** What is sent by POST; `undefined` for a GET. */
  readonly body: string | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The statuses whose responses have no body, not even an empty one. */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes a request.
 * @param start Starts the request; it is ended here.
 * @param flow What holds the connection back, where reading slowly does not.
 * @throws what broke the connection before the response (rejects), or the reason of the signal.
 */
export function exchange(
  modules: ExchangeModules,
  start: (outgoing: Outgoing) => ClientRequest,
  { url, headers, body, signal }: Asked,
  flow?: Flow,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = start({
      method: body === undefined ? "GET" : "POST",
      headers: { "Accept-Encoding": "gzip, br", ...headers },
    });
    let fail = (reason: unknown): void => {
      onEnd();
      reject(reason);
    };
    const onAbort = (): void => {
      fail(signal.reason);
      outgoing.destroy();
    };
    const onEnd = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    // After the head, what breaks the connection shows in the body as well.
    outgoing.on("error", (error: Error) => fail(error));
    outgoing.on("socket", tolerate);
    outgoing.on("close", () => fail(new Error("the connection was closed before an answer came")));
    outgoing.on("response", (incoming: IncomingMessage) => {
      tolerate(incoming);
      try {
        const end = (): void => {
          onEnd();
          incoming.destroy();
          outgoing.destroy();
        };
        if (BODILESS_STATUSES.has(incoming.statusCode ?? 0)) {
          // Such a response may name the encoding that its body would have had.
          end();
          return resolve(responseOf(incoming, null));
        }
        const answer = new Body(decoded(modules, incoming, url), end, flow);
        fail = (reason) => {
          if (signal.aborted) answer.fail(reason);
        };
        resolve(responseOf(incoming, answer.stream));
      } catch (error) {
        onEnd();
        outgoing.destroy();
        reject(error);
      }
    });
    outgoing.end(body);
  });
}

/**
 * Listens to the errors of an emitter, since one that nobody listens to ends the process. What they mean shows
 * elsewhere: to whoever reads the body or waits for the response.
 */
function tolerate(emitter: { on(event: "error", listener: () => void): unknown }): void {
  emitter.on("error", () => {});
}

function responseOf(incoming: IncomingMessage, body: ReadableStream<Uint8Array> | null): Response {
  const headers = new Headers();
  const { rawHeaders, statusCode = 0, statusMessage = "" } = incoming;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  return new Response(body, { status: statusCode, statusText: statusMessage, headers });
}

/**
 * The body as it was before the server compressed it. A compressed body that breaks off is an error.
 * @throws {FetchError} when it is compressed in a way that was not requested.
 */
function decoded({ stream, zlib }: ExchangeModules, incoming: IncomingMessage, url: string): Readable {
  const decoder = decoderOf(zlib, incoming.headers["content-encoding"]?.trim().toLowerCase() ?? "", url);
  if (decoder === undefined) return incoming;
  tolerate(decoder);
  return stream.pipeline(incoming, decoder, () => {});
}

function decoderOf(zlib: ExchangeModules["zlib"], encoding: string, url: string): Transform | undefined {
  switch (encoding) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      // Each message of a stream is passed on as soon as the server has flushed it.
      return zlib.createGunzip({ flush: zlib.constants.Z_SYNC_FLUSH });
    case "br":
      return zlib.createBrotliDecompress();
  }
  throw new FetchError(
    `${url} answered with the content encoding ${quote(encoding)}, which was not requested: ` +
      `is there a proxy in front of Flipt that compresses?`,
    { url, retryable: false },
  );
}

/** Lets the connection flow for what is not at hand. */
async function flowing<T>(flow: Flow, next: Promise<T>): Promise<T> {
  let isThere = false;
  soon(() => {
    if (!isThere) flow.release();
  });
  try {
    return await next;
  } finally {
    isThere = true;
    flow.hold();
  }
}

/** The body as a stream of the web, which reads from the connection only what is read from it. */
class Body {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #close: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(source: Readable, close: () => void, flow: Flow | undefined) {
    this.#close = close;
    flow?.hold();
    const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async () => {
        try {
          const { done, value } = await (flow === undefined || source.readableLength > 0
            ? chunks.next()
            : flowing(flow, chunks.next()));
          if (done) {
            this.#controller?.close();
          } else return this.#controller?.enqueue(value);
        } catch (error) {
          this.#controller?.error(error);
        }
        this.end();
      },
      cancel: () => this.end(),
    }, { highWaterMark: 0 });
  }

  /** Ends the stream with an error, and the connection. */
  fail(reason: unknown): void {
    this.#controller?.error(reason);
    this.end();
  }

  /** Ends the connection. */
  end(): void {
    this.#controller = undefined;
    this.#close();
  }
}
