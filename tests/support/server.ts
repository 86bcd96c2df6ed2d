// A Flipt server on the loopback interface: speaks the snapshot endpoint of Flipt v1 and v2 as the real ones do, logs
// what it was asked, and can be told to answer anything else.

import { createHash } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A flag document as Flipt sends it; only what the server itself looks at has a type. */
export interface DocumentJson {
  /** The namespace. */
  readonly namespace: { readonly key: string; readonly [member: string]: unknown };
  /** The flags. */
  readonly flags: readonly FlagJson[];
  /** The digest; the server puts its own in its place. */
  readonly digest?: string;
}

/** A flag of a document. */
export interface FlagJson {
  /** The key. */
  readonly key: string;
  /** Everything else. */
  readonly [member: string]: unknown;
}

/** A request that arrived. */
export interface RecordedRequest {
  /** The method. */
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** The headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An answer in place of Flipt's own. */
export interface ScriptedAnswer {
  /** The status. @default 200 */
  readonly status?: number;
  /** The headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; an array is sent chunk by chunk. @default "" */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Milliseconds to wait before the head. @default 0 */
  readonly delay?: number;
  /** Goes silent before the head, or after head and body were sent but before the end. */
  readonly hang?: "head" | "body";
  /** Breaks the connection before the head, or after head and body were sent but before the end. */
  readonly destroy?: "head" | "body";
}

/** What decides on an answer: `undefined` leaves it to Flipt's own behaviour. */
export type Script = ScriptedAnswer | ((request: RecordedRequest) => ScriptedAnswer | undefined);

/** Where a document belongs. */
export interface DocumentPlace {
  /** The environment. @default "default" */
  readonly environment?: string;
  /** The git reference. @default none */
  readonly reference?: string;
}

/** How the server behaves. */
export interface FliptServerOptions {
  /** The major version of Flipt to behave as. @default 2 */
  readonly version?: 1 | 2;
  /** The values of `Authorization` that are let in, such as `Bearer secret`. @default everybody is */
  readonly authorizations?: readonly string[];
}

interface StoredDocument {
  readonly document: DocumentJson;
  readonly etag: string;
}

const snapshotPath = /^\/internal\/v1\/evaluation\/snapshot\/namespace\/([^/?]+)(?:\?(.*))?$/;

/** A running server. */
export class FliptServer {
  /** What clients give as their `url`. */
  readonly url: string;
  /** Every request so far. */
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  readonly #version: 1 | 2;
  readonly #authorizations: readonly string[] | undefined;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #once: Script[] = [];
  #always: Script | undefined;

  private constructor(server: Server, options: FliptServerOptions) {
    this.#server = server;
    this.#version = options.version ?? 2;
    this.#authorizations = options.authorizations;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on(
      "request",
      (request: IncomingMessage, response: ServerResponse) => this.#receive(request, response),
    );
  }

  /** Starts a server without documents on a free port. */
  static async start(options: FliptServerOptions = {}): Promise<FliptServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new FliptServer(server, options);
  }

  /** Publishes a document in place of the one that was there. Gives the ETag it has from now on. */
  setDocument(namespace: string, document: DocumentJson, place: DocumentPlace = {}): string {
    const { digest: _digest, ...content } = document;
    const etag = createHash("sha1").update(JSON.stringify(content)).digest("hex");
    this.#documents.set(key(namespace, place), { document: content, etag });
    return etag;
  }

  /** Takes a document away: its namespace is unknown from now on. */
  removeDocument(namespace: string, place: DocumentPlace = {}): void {
    this.#documents.delete(key(namespace, place));
  }

  /** Answers the next request, or with several calls the next ones, by the script. */
  answerOnce(script: Script): void {
    this.#once.push(script);
  }

  /** Answers every request by the script; `undefined` goes back to Flipt's own behaviour. */
  answerAlways(script: Script | undefined): void {
    this.#always = script;
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
    const recorded: RecordedRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers as Record<string, string | undefined>,
    };
    // The answer is settled on before those who wait for the request are told: they may change the script.
    const script = this.#once.shift() ?? this.#always;
    const answer = (typeof script === "function" ? script(recorded) : script) ?? this.#answer(recorded);
    this.requests.push(recorded);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    if (answer.delay === undefined) send(response, answer);
    else setTimeout(() => send(response, answer), answer.delay);
  }

  #answer(request: RecordedRequest): ScriptedAnswer {
    const [, namespaceText, query] = snapshotPath.exec(request.path) ?? [];
    if (request.method !== "GET" || namespaceText === undefined) {
      return { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };
    }
    const authorization = request.headers["authorization"] ?? "";
    if (this.#authorizations !== undefined && !this.#authorizations.includes(authorization)) {
      return {
        ...failure(401, 16, "request was not authenticated"),
        headers: { "content-type": "application/json", "www-authenticate": "request was not authenticated" },
      };
    }
    const namespace = decodeURIComponent(namespaceText);
    const reference = new URLSearchParams(query).get("reference") ?? undefined;
    return this.#version === 1
      ? this.#answerV1(request, namespace, reference)
      : this.#answerV2(request, namespace, reference);
  }

  #answerV1(request: RecordedRequest, namespace: string, reference: string | undefined): ScriptedAnswer {
    // Flipt v1 takes its ETag from the default branch, whatever the reference, and compares before it looks further.
    const standard = this.#documents.get(key(namespace, {}));
    if (standard !== undefined && request.headers["if-none-match"] === standard.etag) return { status: 304 };
    const stored = this.#documents.get(key(namespace, { reference }));
    if (stored === undefined && reference !== undefined) {
      return failure(500, 13, `getting flags: couldn't find remote ref "refs/heads/${reference}"`);
    }
    if (stored === undefined) return failure(404, 5, `getting flags: namespace "${namespace}" not found`);
    const { document } = stored;
    // An empty namespace has no ETag, and clients that name no version get no default variants.
    const etag = document.flags.length === 0 ? undefined : standard?.etag;
    const named = request.headers["x-flipt-accept-server-version"] !== undefined;
    const flags = document.flags.map(({ defaultVariant, ...flag }) =>
      named ? { ...flag, defaultVariant } : flag
    );
    return success({ ...document, flags }, etag);
  }

  #answerV2(request: RecordedRequest, namespace: string, reference: string | undefined): ScriptedAnswer {
    const environment = decodeURIComponent(request.headers["x-flipt-environment"] ?? "default");
    const known = [...this.#documents.keys()].some((entry) => entry.startsWith(`${environment}\0`));
    if (!known && environment !== "default") {
      return failure(
        404,
        5,
        `failed to get environment "${environment}" from context: environment: "${environment}" not found`,
      );
    }
    const stored = this.#documents.get(key(namespace, { environment, reference }));
    if (stored === undefined) {
      return failure(404, 5, `evaluation snapshot for namespace "${namespace}" not found`);
    }
    if (request.headers["if-none-match"] === stored.etag) return { status: 304 };
    return success({ ...stored.document, digest: stored.etag }, stored.etag);
  }
}

function key(namespace: string, place: DocumentPlace): string {
  return [place.environment ?? "default", namespace, place.reference ?? ""].join("\0");
}

function success(document: DocumentJson, etag: string | undefined): ScriptedAnswer {
  const headers = { "content-type": "application/json", ...(etag === undefined ? {} : { etag }) };
  return { status: 200, headers, body: JSON.stringify(document) };
}

function failure(status: number, code: number, message: string): ScriptedAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, message, details: [] }),
  };
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.hang === "head") return;
  if (answer.destroy === "head") {
    response.socket?.destroy();
    return;
  }
  response.writeHead(answer.status ?? 200, answer.headers);
  const { body = "" } = answer;
  const chunks = typeof body === "string" || body instanceof Uint8Array ? [body] : [...body];
  for (const chunk of chunks) if (chunk.length > 0) response.write(chunk);
  if (answer.hang === "body") return response.flushHeaders();
  if (answer.destroy === "body") {
    // What was written goes out first, so that the client is in the middle of the body when the connection breaks.
    setTimeout(() => response.socket?.destroy(), 20);
    return;
  }
  response.end();
}
