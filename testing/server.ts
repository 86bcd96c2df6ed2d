// A Flipt server for tests: responds like a real one, records its requests, and fails on demand.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createGzip, type Gzip } from "node:zlib";
import { quote } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import { systemClock } from "../ffi/system_clock.ts";
import type { PlainAnswer, ReceivedRequest as RecordedRequest, SnapshotRequest } from "../server/protocol.ts";
import {
  acceptsGzip,
  asStreamError,
  GZIP_HEADERS,
  gzipped,
  NOT_FOUND,
  snapshotAnswer,
  snapshotRequestOf,
  streamedEnvironment,
  UNAUTHENTICATED,
} from "../server/protocol.ts";
import type { DocumentPlace, ServedDocument, StoredDocument } from "./answers.ts";
import { answerV1, documentText, placeKey, servedDocuments } from "./answers.ts";

/**
 * A response in place of Flipt's own. Without `status`, `headers` and `body`, the response is Flipt's own, with the
 * delay and faults of the other members.
 */
export interface ScriptedAnswer extends PlainAnswer {
  /** The delay before the head is sent, in milliseconds. @default 0 */
  readonly delay?: number;
  /** Stops responding: before the head, or after the body without ending the response. @default never */
  readonly hang?: "head" | "body";
  /** Breaks the connection: before the head, or after the body without ending the response. @default never */
  readonly destroy?: "head" | "body";
  /** Breaks the connection in the middle of the body. @default false */
  readonly truncate?: boolean;
}

/** A response, or a function that returns one. For `undefined` the server responds as Flipt does. */
export type Script = ScriptedAnswer | ((request: RecordedRequest) => ScriptedAnswer | undefined);

/** Options of `FliptTestServer.start`. */
export interface FliptTestServerOptions {
  /** The major version of Flipt to emulate. Version 1 has no streams. @default 2 */
  readonly version?: 1 | 2;
  /** The initial documents, by namespace. @default none */
  readonly documents?: Readonly<Record<string, ServedDocument>>;
  /** The accepted values of the header `Authorization`, such as `Bearer secret`. @default any, and none */
  readonly authorizations?: readonly string[];
  /** The port. @default a free one */
  readonly port?: number;
  /** The address to listen on. @default "127.0.0.1" */
  readonly hostname?: string;
}

const OPTIONS: OptionNames<FliptTestServerOptions> = {
  version: true,
  documents: true,
  authorizations: true,
  port: true,
  hostname: true,
};

/** A stream of a client. */
interface Stream {
  readonly key: string;
  readonly response: ServerResponse;
  /** The compressor, if the client accepts gzip. */
  readonly gzip: Gzip | undefined;
  readonly fault: ScriptedAnswer | undefined;
  /** The digest of the state that the client has. */
  readonly digest: string | undefined;
  isOpen: boolean;
}

/**
 * A Flipt server for tests: polling with ETags and, as Flipt v2, streaming, over HTTP on the loopback interface. It can
 * be scripted to respond with anything else, late, partially or not at all.
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
  /** The URL of the server, for the `url` option of a client. */
  readonly url: string;
  /** All requests so far, oldest first. */
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  readonly #version: 1 | 2;
  readonly #authorizations: readonly string[] | undefined;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<Stream>();
  /** Called when a request arrives. */
  readonly #onRequest = new Set<() => void>();
  #onceScripts: Script[] = [];
  #alwaysScript: Script | undefined;

  private constructor(server: Server, options: FliptTestServerOptions) {
    if (!((server as unknown) instanceof Server)) {
      throw new ValidationError("use await FliptTestServer.start(), not new FliptTestServer()");
    }
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
      // A client may go away at any time.
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    // When the system cannot accept a connection, the client sees the error.
    server.on("error", () => {});
    server.on(
      "request",
      (request: IncomingMessage, response: ServerResponse) => this.#receive(request, response),
    );
  }

  /**
   * Starts a server.
   * @returns the server, which listens.
   * @throws {ValidationError} (rejects) when there is no such option, or a document is of another namespace.
   * @throws {Error} (rejects) when the port is in use.
   */
  static async start(options: FliptTestServerOptions = {}): Promise<FliptTestServer> {
    checkOptionNames("FliptTestServer.start()", options, OPTIONS);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, options.hostname ?? "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    try {
      return new FliptTestServer(server, options);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  /**
   * Replaces the document of a namespace. Does not send it to open streams: clients get it with their next request.
   * @returns the ETag of the document.
   * @throws {ValidationError} when it is of another namespace.
   */
  setDocument(namespace: string, document: ServedDocument, place: DocumentPlace = {}): string {
    const own = document?.namespace?.key;
    if (own !== undefined && own !== namespace) {
      throw new ValidationError(
        `the document for the namespace ${quote(namespace)} is of the namespace ${
          quote(own)
        }, so that clients find no ` +
          `flags in it: make it with flagDocument(flags, ${quote(namespace)})`,
      );
    }
    const { digest: _digest, ...content } = document;
    const etag = createHash("sha1").update(JSON.stringify(content)).digest("hex");
    const key = placeKey(namespace, place);
    this.#documents.set(key, { document: content, etag });
    // A stream of an unknown namespace opens as soon as the namespace exists.
    for (const stream of this.#streams) if (stream.key === key && !stream.isOpen) this.#send(stream);
    return etag;
  }

  /**
   * Replaces the document of a namespace and sends it to the open streams.
   * @returns the ETag of the document.
   */
  push(namespace: string, document: ServedDocument, place: DocumentPlace = {}): string {
    const key = placeKey(namespace, place);
    const open = [...this.#streams].filter((stream) => stream.key === key && stream.isOpen);
    const etag = this.setDocument(namespace, document, place);
    for (const stream of open) this.#send(stream);
    return etag;
  }

  /** Removes a document. Its namespace is unknown from now on; its streams stay open. */
  removeDocument(namespace: string, place: DocumentPlace = {}): void {
    this.#documents.delete(placeKey(namespace, place));
  }

  /** Applies the script to the next request. Several calls queue scripts for several requests. */
  answerOnce(script: Script): void {
    this.#onceScripts.push(script);
  }

  /** Applies the script to every request; `undefined` restores Flipt's own behaviour. */
  answerAlways(script: Script | undefined): void {
    this.#alwaysScript = script;
  }

  /** The number of open streams. */
  get streams(): number {
    return [...this.#streams].filter(({ isOpen }) => isOpen).length;
  }

  /** Breaks all streams, like a server that stops. Clients reconnect. */
  breakStreams(): void {
    for (const { response } of this.#streams) response.socket?.destroy();
  }

  /** Waits until `count` requests in total have arrived. Returns the last of them. */
  async received(count: number): Promise<RecordedRequest> {
    for (;;) {
      const request = this.requests[count - 1];
      if (request !== undefined) return request;
      await new Promise<void>((resolve) => this.#onRequest.add(resolve));
    }
  }

  /** Stops listening and breaks all connections. */
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
    // Determined before `received` resolves, since its callers may change the script.
    const script = this.#onceScripts.shift() ?? this.#alwaysScript;
    const scripted = typeof script === "function" ? script(recorded) : script;
    const answer = this.#resolve(recorded, scripted);
    this.requests.push(recorded);
    for (const resolve of this.#onRequest) resolve();
    this.#onRequest.clear();
    const run = (): void => {
      if (typeof answer === "string") this.#open(answer, recorded, response, scripted);
      else send(response, answer);
    };
    if (scripted?.delay === undefined) run();
    else systemClock.after(scripted.delay, run);
  }

  /** Returns the response, or the key of the document to stream. */
  #resolve(request: RecordedRequest, scripted: ScriptedAnswer | undefined): ScriptedAnswer | string {
    if (scripted !== undefined && ["status", "headers", "body"].some((name) => name in scripted)) {
      return scripted;
    }
    const own = this.#answer(request, snapshotRequestOf(request));
    if (typeof own === "string") return own;
    // Not compressed, so that faults occur at a known byte.
    if (scripted !== undefined) return { ...own, ...scripted };
    return this.#version === 1 ? own : gzipped(request, own);
  }

  #answer(request: RecordedRequest, snapshotRequest: SnapshotRequest | undefined): PlainAnswer | string {
    if (snapshotRequest === undefined || snapshotRequest.isStream && this.#version === 1) return NOT_FOUND;
    const authorization = request.headers["authorization"] ?? "";
    if (this.#authorizations !== undefined && !this.#authorizations.includes(authorization)) {
      return snapshotRequest.isStream ? asStreamError(UNAUTHENTICATED) : UNAUTHENTICATED;
    }
    if (this.#version === 1) return answerV1(request, snapshotRequest, this.#documents);
    const documents = servedDocuments(this.#documents);
    if (!snapshotRequest.isStream) return snapshotAnswer(request, snapshotRequest, documents);
    const environment = streamedEnvironment(request, snapshotRequest, documents);
    return typeof environment === "string"
      ? placeKey(snapshotRequest.namespace, { environment })
      : environment;
  }

  #open(
    key: string,
    request: RecordedRequest,
    response: ServerResponse,
    fault: ScriptedAnswer | undefined,
  ): void {
    if (fault?.hang === "head") return;
    if (fault?.destroy === "head") return void response.socket?.destroy();
    // Not compressed, so that faults occur at a known byte.
    const gzip = fault === undefined && acceptsGzip(request) ? createGzip() : undefined;
    gzip?.on("error", () => {});
    gzip?.pipe(response);
    const digest = snapshotRequestOf(request)?.digest;
    const stream: Stream = { key, response, gzip, fault, digest, isOpen: false };
    this.#streams.add(stream);
    response.once("close", () => {
      this.#streams.delete(stream);
      gzip?.destroy();
    });
    // Flipt does not respond for an unknown namespace until it exists.
    this.#send(stream);
  }

  /**
   * Sends the current document, if there is one, and opens the stream with the first. One that the client has already is
   * not sent, and then there is no head either until the next.
   */
  #send(stream: Stream): void {
    const { key, response, gzip, fault } = stream;
    const stored = this.#documents.get(key);
    if (stored === undefined) return;
    const encoding = gzip !== undefined ? GZIP_HEADERS : {};
    const isFirst = !stream.isOpen;
    stream.isOpen = true;
    if (isFirst && stored.etag === stream.digest) return;
    if (!response.headersSent) response.writeHead(200, { "content-type": "application/json", ...encoding });
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

/** How long written data has to be sent before the connection breaks. */
const FLUSH_MS = 20;

/** Breaks the connection after the bytes are sent, so that the client is in the middle of the body. */
function breakAfter(response: ServerResponse, body: string | Uint8Array): void {
  if (body.length > 0) response.write(body);
  systemClock.after(FLUSH_MS, () => response.socket?.destroy());
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.hang === "head") return;
  if (answer.destroy === "head") return void response.socket?.destroy();
  response.writeHead(answer.status ?? 200, answer.headers);
  const { body = "" } = answer;
  const chunks = typeof body === "string" || ArrayBuffer.isView(body) ? [body] : [...body];
  if (answer.truncate === true) {
    const whole = chunks.length === 1 ? chunks[0] ?? "" : chunks.map(String).join("");
    return breakAfter(response, whole.slice(0, whole.length / 2));
  }
  for (const chunk of chunks) if (chunk.length > 0) response.write(chunk);
  if (answer.hang === "body") return response.flushHeaders();
  if (answer.destroy === "body") return breakAfter(response, "");
  response.end();
}
