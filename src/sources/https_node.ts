// HTTPS with a trust and an identity of its own, over node:https, which Deno, Bun and Node have in common: their fetch
// has no common way. Loaded only where the option `tls` is given.

import { throwIfAborted } from "../../core/abortable.ts";
import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { builtin } from "../../ffi/builtin_node.ts";
import { quote } from "../../core/describe.ts";
import { FetchError, ValidationError } from "../../core/errors.ts";
import type { Fetch } from "./fetch.ts";
import { ensureTrustPermission } from "../../ffi/permissions_deno.ts";
import type { TlsOptions } from "../options/tls.ts";
import type { Credentials } from "./tls_credentials_node.ts";
import { readCredentials } from "./tls_credentials_node.ts";

interface Modules {
  readonly https: typeof import("node:https");
  readonly stream: typeof import("node:stream");
  readonly zlib: typeof import("node:zlib");
}

type Agent = InstanceType<Modules["https"]["Agent"]>;

/** How a request is connected: by an agent, or by a connection that is open already. */
type Connecting = { readonly agent: Agent } | { readonly createConnection: () => TLSSocket };

/** The statuses whose responses have no body, not even an empty one. */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes a fetch that secures its connections by the options.
 * @throws {ValidationError} (rejects) when the certificates or the key are not usable.
 */
export async function httpsFetch(options: TlsOptions): Promise<Fetch> {
  const modules: Modules = {
    https: await builtin("node:https"),
    stream: await builtin("node:stream"),
    zlib: await builtin("node:zlib"),
  };
  const agents = new Agents(modules, options);
  const credentials = await readCredentials(options);
  if (credentials.ca === undefined && options.insecureSkipVerify !== true) {
    await ensureTrustPermission().catch((cause: Error) => {
      throw new ValidationError(
        `tls without caCertFile and caCertData trusts what is trusted by default: ${cause.message}`,
        { cause },
      );
    });
  }
  agents.use(credentials);
  return async (url, { headers, signal, body }) => {
    throwIfAborted(signal);
    const { agent, secure } = await agents.current(url);
    throwIfAborted(signal);
    const { proxy } = options;
    if (proxy === undefined) return await request(modules, { agent }, url, headers, body, signal);
    const { openTunnel } = await import("./proxy_tunnel_node.ts");
    const connection = await openTunnel(proxy, url, secure, signal);
    return await request(modules, { createConnection: () => connection }, url, headers, body, signal);
  };
}

/** How the next connection is made: by the agent, or secured by the same options. */
interface Secured {
  readonly agent: Agent;
  readonly secure: ConnectionOptions;
}

/** Gives the agent for the next connection: a new one when the files have changed. */
class Agents {
  readonly #modules: Modules;
  readonly #options: TlsOptions;
  #credentials: Credentials | undefined;
  #secured: Secured | undefined;

  constructor(modules: Modules, options: TlsOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  use(credentials: Credentials): Secured {
    const { ca, cert, key } = credentials;
    const held = this.#credentials;
    if (this.#secured !== undefined && held?.ca === ca && held?.cert === cert && held?.key === key) {
      return this.#secured;
    }
    const { insecureSkipVerify = false, insecureSkipHostnameVerify = false } = this.#options;
    this.#credentials = credentials;
    const secure: ConnectionOptions = {
      // Without any, Deno would ask for those that the system trusts, which takes a permission.
      ca: ca ?? (insecureSkipVerify ? [] : undefined),
      cert,
      key,
      rejectUnauthorized: !insecureSkipVerify,
      ...(insecureSkipHostnameVerify ? { checkServerIdentity: () => undefined } : {}),
    };
    // A request every minute or two gains nothing from a connection that the server closes after ten seconds.
    this.#secured = { agent: new this.#modules.https.Agent({ ...secure, keepAlive: false }), secure };
    return this.#secured;
  }

  async current(url: string): Promise<Secured> {
    try {
      return this.use(await readCredentials(this.#options));
    } catch (cause) {
      // Good when the client started: a renewal may be half done.
      throw new FetchError((cause as Error).message, { url, retryable: true, cause });
    }
  }
}

function request(
  modules: Modules,
  connecting: Connecting,
  url: string,
  headers: Record<string, string>,
  body: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = modules.https.request(url, {
      ...connecting,
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
        const answer = new Body(decoded(modules, incoming, url), end);
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
 * elsewhere: to who reads the body, or to who waits for the response.
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
 * @throws {FetchError} when it is compressed in a way that was not asked for.
 */
function decoded({ stream, zlib }: Modules, incoming: IncomingMessage, url: string): Readable {
  const decoder = decoderOf(zlib, incoming.headers["content-encoding"]?.trim().toLowerCase() ?? "", url);
  if (decoder === undefined) return incoming;
  tolerate(decoder);
  return stream.pipeline(incoming, decoder, () => {});
}

function decoderOf(zlib: Modules["zlib"], encoding: string, url: string): Transform | undefined {
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

/** The body as a stream of the web, which reads from the connection only what is read from it. */
class Body {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #close: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(source: Readable, close: () => void) {
    this.#close = close;
    const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async () => {
        try {
          const { done, value } = await chunks.next();
          if (done) this.#controller?.close();
          else return this.#controller?.enqueue(value);
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
