// A Flipt server on bare sockets, so that it can do what no HTTP library does on purpose: break, lie, go silent, at any
// byte. Left alone it serves one namespace as Flipt v2 does, by snapshot and by stream.

import { createHash } from "node:crypto";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import type { DocumentJson } from "./server.ts";

/** A request that arrived. */
export interface FaultRequest {
  /** Path and query. */
  readonly path: string;
  /** The headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whether it asks for the stream. */
  readonly isStream: boolean;
}

/** A request, and the connection to answer it on. */
export interface Exchange {
  /** The request. */
  readonly request: FaultRequest;
  /** The connection. */
  readonly socket: Socket;
  /** The server that received it. */
  readonly server: FaultServer;
}

/** What answers a request, however badly. */
export type Fault = (exchange: Exchange) => void;

/** An HTTP response as it goes over the wire. */
export function responseText(
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body = "",
): string {
  const all = { "Content-Type": "application/json", "Content-Length": new TextEncoder().encode(body).length };
  const lines = Object.entries({ ...all, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n${body}`;
}

/** A chunk of a chunked body. */
export function chunk(bytes: string | Uint8Array): Uint8Array {
  const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  const size = new TextEncoder().encode(`${content.length.toString(16)}\r\n`);
  const whole = new Uint8Array(size.length + content.length + 2);
  whole.set(size);
  whole.set(content, size.length);
  whole.set([13, 10], size.length + content.length);
  return whole;
}

/** Breaks a connection in the hard way. */
export function reset(socket: Socket): void {
  // Not every runtime has this; a connection that is destroyed breaks as well.
  if (typeof socket.resetAndDestroy === "function") socket.resetAndDestroy();
  else socket.destroy();
}

/** The head of an open stream. */
export const streamHead: string = "HTTP/1.1 200 OK\r\n" +
  "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

/** A running server. */
export class FaultServer {
  /** Every request so far. */
  readonly requests: FaultRequest[] = [];
  /** What answers requests for the snapshot; `undefined` for Flipt's own answer. */
  onSnapshot: Fault | undefined;
  /** What answers requests for the stream; `undefined` for Flipt's own answer. */
  onStream: Fault | undefined;
  /** What happens to a new connection before it asks for anything. */
  onConnection: ((socket: Socket) => void) | undefined;
  /** How many connections were opened. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<Socket>();
  /** Streams that have the state already: not even a head was sent. */
  readonly #silent = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #server: Server;
  #port = 0;
  #document: { readonly text: string; readonly digest: string } | undefined;

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts a server with a document, on a free port. */
  static async start(document?: DocumentJson): Promise<FaultServer> {
    const server = new FaultServer();
    if (document !== undefined) server.setDocument(document);
    await server.open();
    return server;
  }

  /** What clients give as their `url`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The digest of the document. */
  get digest(): string | undefined {
    return this.#document?.digest;
  }

  /** The document as it is sent. */
  get text(): string {
    return this.#document?.text ?? "";
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** How many requests there were for the snapshot, and for the stream. */
  get counts(): readonly [snapshots: number, streams: number] {
    const streams = this.requests.filter(({ isStream }) => isStream).length;
    return [this.requests.length - streams, streams];
  }

  /** Has another document from now on, of which no stream tells. Gives its digest. */
  setDocument({ digest: _digest, ...content }: DocumentJson): string {
    const digest = createHash("sha1").update(JSON.stringify(content)).digest("hex");
    this.#document = { text: JSON.stringify({ ...content, digest }), digest };
    return digest;
  }

  /** Has another document from now on, and tells every stream. Gives its digest. */
  push(document: DocumentJson): string {
    const digest = this.setDocument(document);
    this.sendToStreams(`{"result":${this.text}}\n`);
    return digest;
  }

  /** Sends bytes in a chunk of their own down every open stream. */
  sendToStreams(bytes: string | Uint8Array): void {
    for (const socket of this.#streams) {
      if (this.#silent.delete(socket)) socket.write(streamHead);
      socket.write(chunk(bytes));
    }
  }

  /** Breaks every open stream, as a server does that stops: without the last chunk. */
  breakStreams(isConnectionLost = false): void {
    for (const socket of this.#streams) {
      if (isConnectionLost) reset(socket);
      else socket.end();
    }
  }

  /** Answers as Flipt does. */
  answer({ request, socket }: Exchange): void {
    if (request.isStream) {
      // An unknown namespace is not answered until it is there.
      if (this.#document === undefined) return;
      if (request.path.endsWith(`?digest=${this.digest}`)) {
        this.#silent.add(socket);
        this.#streams.add(socket);
        return;
      }
      socket.write(streamHead);
      socket.write(chunk(`{"result":${this.text}}\n`));
      this.#streams.add(socket);
    } else if (this.#document === undefined) {
      const body =
        `{"code":5, "message":"evaluation snapshot for namespace \\"shop\\" not found", "details":[]}`;
      socket.write(responseText(404, {}, body));
    } else if (request.headers["if-none-match"] === this.digest) {
      // As Flipt v2 does where gzip is accepted, though there is no body.
      socket.write("HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n");
    } else socket.write(responseText(200, { ETag: this.digest ?? "" }, this.text));
  }

  /** Settles as soon as something about the server is true; asked again at each request and connection. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Listens, on the same port as before where there was one. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#streams.clear();
    await closed;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Closes the server at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#streams.delete(socket);
      this.#silent.delete(socket);
      this.#tell();
    });
    if (this.onConnection !== undefined) this.onConnection(socket);
    let head = "";
    socket.on("data", (bytes: Uint8Array) => {
      head += new TextDecoder("latin1").decode(bytes);
      for (let end = head.indexOf("\r\n\r\n"); end >= 0; end = head.indexOf("\r\n\r\n")) {
        const text = head.slice(0, end);
        head = head.slice(end + 4);
        this.#receive(text, socket);
      }
    });
    this.#tell();
  }

  #receive(head: string, socket: Socket): void {
    const [first = "", ...lines] = head.split("\r\n");
    const headers = Object.fromEntries(
      lines.map((
        line,
      ) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const path = first.split(" ")[1] ?? "";
    const request: FaultRequest = { path, headers, isStream: /\/stream(\?|$)/.test(path) };
    // The answer is settled on before those who wait for the request are told: they may change it.
    const fault = request.isStream ? this.onStream : this.onSnapshot;
    this.requests.push(request);
    if (fault === undefined) this.answer({ request, socket, server: this });
    else fault({ request, socket, server: this });
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
