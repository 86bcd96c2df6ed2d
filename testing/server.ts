// A Flipt server on the loopback interface: answers as real ones do, keeps what it was asked, and fails on demand.

import { createHash } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createGzip, type Gzip } from "node:zlib";
import {
  acceptsGzip,
  answerV1,
  answerV2,
  compressed,
  documentText,
  notFound,
  placeKey,
  streamedBy,
  unauthenticated,
  wantedBy,
  wrapped,
} from "./answers.ts";
import type {
  DocumentPlace,
  PlainAnswer,
  RecordedRequest,
  ServedDocument,
  StoredDocument,
  Wanted,
} from "./answers.ts";

/**
 * An answer in place of Flipt's own. One that has no status, headers or body is Flipt's own, late or broken as the other
 * members say.
 */
export interface ScriptedAnswer extends PlainAnswer {
  /** Milliseconds to wait before the head. @default 0 */
  readonly delay?: number;
  /** Goes silent before the head, or after head and body were sent but before the end. @default never */
  readonly hang?: "head" | "body";
  /** Breaks the connection before the head, or after head and body were sent but before the end. @default never */
  readonly destroy?: "head" | "body";
  /** Breaks the connection in the middle of the body. @default false */
  readonly truncate?: boolean;
}

/** What decides on an answer: `undefined` leaves it to Flipt's own behaviour. */
export type Script = ScriptedAnswer | ((request: RecordedRequest) => ScriptedAnswer | undefined);

/** How the server behaves. */
export interface FliptTestServerOptions {
  /** The major version of Flipt to behave as; v1 has no streams. @default 2 */
  readonly version?: 1 | 2;
  /** The documents to begin with, by namespace. @default none */
  readonly documents?: Readonly<Record<string, ServedDocument>>;
  /** The values of `Authorization` that are let in, such as `Bearer secret`. @default everybody is */
  readonly authorizations?: readonly string[];
  /** The port. @default a free one */
  readonly port?: number;
  /** The address to listen on. @default "127.0.0.1" */
  readonly hostname?: string;
}

/** A stream that a client has opened. */
interface Stream {
  readonly key: string;
  readonly response: ServerResponse;
  /** What its lines are compressed by on their way, where the client takes gzip. */
  readonly gzip: Gzip | undefined;
  readonly fault: ScriptedAnswer | undefined;
  isOpen: boolean;
}

/**
 * A Flipt server for tests: polling with ETags and, as Flipt v2, streaming, over HTTP on this machine. It can be told to
 * answer anything else, late, in part or not at all.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { flagDocument, FliptTestServer } from "@flipt-ffi/client/testing";
 *
 * await using server = await FliptTestServer.start({ documents: { shop: flagDocument({ "dark-mode": true }, "shop") } });
 * await using client = await FliptClient.init({ url: server.url, namespace: "shop", errorStrategy: "fallback" });
 * console.assert(client.evaluateBoolean("dark-mode", "user-1").enabled);
 *
 * server.setDocument("shop", flagDocument({ "dark-mode": false }, "shop"));
 * await client.refresh();
 * console.assert(!client.evaluateBoolean("dark-mode", "user-1").enabled);
 *
 * server.answerAlways({ status: 403 });
 * await client.refresh().catch((error) => console.assert(error.status === 403));
 * console.assert(!client.evaluateBoolean("dark-mode", "user-1").enabled);
 * console.assert(server.requests.length === 3);
 * ```
 */
export class FliptTestServer {
  /** What clients give as their `url`. */
  readonly url: string;
  /** Every request so far. */
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  readonly #version: 1 | 2;
  readonly #authorizations: readonly string[] | undefined;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<Stream>();
  readonly #waiting = new Set<() => void>();
  #once: Script[] = [];
  #always: Script | undefined;

  private constructor(server: Server, options: FliptTestServerOptions) {
    this.#server = server;
    this.#version = options.version ?? 2;
    this.#authorizations = options.authorizations;
    const { address, family, port } = server.address() as AddressInfo;
    this.url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
    for (const [namespace, document] of Object.entries(options.documents ?? {})) {
      this.setDocument(namespace, document);
    }
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      // A client that goes away in the middle is none of the server's business.
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    // A connection that the system cannot accept is for the client to notice.
    server.on("error", () => {});
    server.on(
      "request",
      (request: IncomingMessage, response: ServerResponse) => this.#receive(request, response),
    );
  }

  /**
   * Starts a server.
   * @throws {Error} (rejects) when the port is taken.
   */
  static async start(options: FliptTestServerOptions = {}): Promise<FliptTestServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, options.hostname ?? "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    return new FliptTestServer(server, options);
  }

  /**
   * Has another document from now on, of which no stream tells: clients see it when they ask.
   * @returns its ETag.
   */
  setDocument(namespace: string, document: ServedDocument, place: DocumentPlace = {}): string {
    const { digest: _digest, ...content } = document;
    const etag = createHash("sha1").update(JSON.stringify(content)).digest("hex");
    const key = placeKey(namespace, place);
    this.#documents.set(key, { document: content, etag });
    // Who asked for the stream of a namespace that was not there is answered as soon as it is.
    for (const stream of this.#streams) if (stream.key === key && !stream.isOpen) this.#send(stream);
    return etag;
  }

  /**
   * Has another document from now on, and sends it down every stream of its namespace.
   * @returns its ETag.
   */
  push(namespace: string, document: ServedDocument, place: DocumentPlace = {}): string {
    const key = placeKey(namespace, place);
    const open = [...this.#streams].filter((stream) => stream.key === key && stream.isOpen);
    const etag = this.setDocument(namespace, document, place);
    for (const stream of open) this.#send(stream);
    return etag;
  }

  /** Takes a document away: its namespace is unknown from now on, and its streams go silent. */
  removeDocument(namespace: string, place: DocumentPlace = {}): void {
    this.#documents.delete(placeKey(namespace, place));
  }

  /** Answers the next request, or with several calls the next ones, by the script. */
  answerOnce(script: Script): void {
    this.#once.push(script);
  }

  /** Answers every request by the script; `undefined` goes back to Flipt's own behaviour. */
  answerAlways(script: Script | undefined): void {
    this.#always = script;
  }

  /** How many streams are open. */
  get streams(): number {
    return [...this.#streams].filter(({ isOpen }) => isOpen).length;
  }

  /** Breaks every stream, as a server does that stops; clients open others. */
  breakStreams(): void {
    for (const { response } of this.#streams) response.socket?.destroy();
  }

  /** Settles as soon as `count` requests in all have arrived; gives the last of them. */
  async received(count: number): Promise<RecordedRequest> {
    for (;;) {
      const request = this.requests[count - 1];
      if (request !== undefined) return request;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Closes the server at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    for (const emitter of [request, response]) emitter.on("error", () => {});
    const recorded: RecordedRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers as Record<string, string | undefined>,
    };
    // The answer is settled on before those who wait for the request are told: they may change the script.
    const script = this.#once.shift() ?? this.#always;
    const scripted = typeof script === "function" ? script(recorded) : script;
    const answer = this.#settle(recorded, scripted);
    this.requests.push(recorded);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    const run = (): void => {
      if (typeof answer === "string") this.#open(answer, recorded, response, scripted);
      else send(response, answer);
    };
    if (scripted?.delay === undefined) run();
    else setTimeout(run, scripted.delay);
  }

  /** The answer, or the key of the document that a stream is of. */
  #settle(request: RecordedRequest, scripted: ScriptedAnswer | undefined): ScriptedAnswer | string {
    if (scripted !== undefined && ["status", "headers", "body"].some((name) => name in scripted)) {
      return scripted;
    }
    const own = this.#answer(request, wantedBy(request));
    if (typeof own === "string") return own;
    // What is to break at a certain byte goes as it is.
    if (scripted !== undefined) return { ...own, ...scripted };
    return this.#version === 1 ? own : compressed(request, own);
  }

  #answer(request: RecordedRequest, wanted: Wanted | undefined): PlainAnswer | string {
    if (wanted === undefined || wanted.isStream && this.#version === 1) return notFound;
    const authorization = request.headers["authorization"] ?? "";
    if (this.#authorizations !== undefined && !this.#authorizations.includes(authorization)) {
      return wanted.isStream ? wrapped(unauthenticated) : unauthenticated;
    }
    if (wanted.isStream) return streamedBy(request, wanted, this.#documents);
    return this.#version === 1
      ? answerV1(request, wanted, this.#documents)
      : answerV2(request, wanted, this.#documents);
  }

  #open(
    key: string,
    request: RecordedRequest,
    response: ServerResponse,
    fault: ScriptedAnswer | undefined,
  ): void {
    if (fault?.hang === "head") return;
    if (fault?.destroy === "head") return void response.socket?.destroy();
    // What is to break at a certain byte goes as it is.
    const gzip = fault === undefined && acceptsGzip(request) ? createGzip() : undefined;
    gzip?.on("error", () => {});
    gzip?.pipe(response);
    const stream: Stream = { key, response, gzip, fault, isOpen: false };
    this.#streams.add(stream);
    response.once("close", () => {
      this.#streams.delete(stream);
      gzip?.destroy();
    });
    // A namespace that is not there is not answered at all, until it is.
    this.#send(stream);
  }

  /** Sends a stream the document that is there. */
  #send(stream: Stream): void {
    const { key, response, gzip, fault } = stream;
    const stored = this.#documents.get(key);
    if (stored === undefined) return;
    const encoding = gzip !== undefined ? { "content-encoding": "gzip", "vary": "Accept-Encoding" } : {};
    if (!stream.isOpen) response.writeHead(200, { "content-type": "application/json", ...encoding });
    stream.isOpen = true;
    const line = `{"result":${documentText(stored)}}\n`;
    if (gzip !== undefined) {
      gzip.write(line);
      gzip.flush();
      return;
    }
    if (fault?.truncate === true) breakAfter(response, line.slice(0, line.length / 2));
    else if (fault?.destroy === "body") breakAfter(response, line);
    else response.write(line);
  }
}

/** How long what was written is given to go out before the connection breaks, in milliseconds. */
const departure = 20;

/** Breaks the connection when the bytes are out, so that the client is in the middle of the body. */
function breakAfter(response: ServerResponse, body: string | Uint8Array): void {
  if (body.length > 0) response.write(body);
  setTimeout(() => response.socket?.destroy(), departure);
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.hang === "head") return;
  if (answer.destroy === "head") return void response.socket?.destroy();
  response.writeHead(answer.status ?? 200, answer.headers);
  const { body = "" } = answer;
  const chunks = typeof body === "string" || body instanceof Uint8Array ? [body] : [...body];
  if (answer.truncate === true) {
    const whole = chunks.length === 1 ? chunks[0] ?? "" : chunks.map(String).join("");
    return breakAfter(response, whole.slice(0, whole.length / 2));
  }
  for (const chunk of chunks) if (chunk.length > 0) response.write(chunk);
  if (answer.hang === "body") return response.flushHeaders();
  if (answer.destroy === "body") return breakAfter(response, "");
  response.end();
}
