// A server with a flag state and an evaluation API of its own, which answers each question as it is told: from a file of
// exchanges, or by a function.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";

/** A question to the API. */
export interface ApiRequest {
  readonly flagKey: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}

/** Gives the answer to a question; `undefined` for one that it has none for. */
export type Answerer = (request: ApiRequest) => unknown;

/** What was asked of the server. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A file of exchanges. */
export interface KnownAnswers {
  /** Where they are from. */
  readonly made: string;
  readonly document: { readonly namespace: { readonly key: string }; readonly flags: readonly unknown[] };
  readonly exchanges: readonly { readonly request: ApiRequest; readonly response: unknown }[];
}

/** Reads a file of exchanges. */
export function knownAnswers(version: 1 | 2): KnownAnswers {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/evaluation-api/v${version}.json`, import.meta.url), "utf8"),
  );
}

/** Answers what a file of exchanges has, and nothing else. */
export function answering({ exchanges }: KnownAnswers): Answerer {
  const answers = new Map(exchanges.map(({ request, response }) => [idOf(request), response]));
  return (request) => answers.get(idOf(request));
}

function idOf({ flagKey, entityId, context }: ApiRequest): string {
  return JSON.stringify([flagKey, entityId, Object.entries(context).sort(([a], [b]) => a < b ? -1 : 1)]);
}

/** The server. */
export class EvaluationServer {
  /** Where it is. */
  readonly url: string;
  /** What it was asked. */
  readonly calls: ApiCall[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts a server that sends `document` to clients. */
  static async start(document: unknown, answer: Answerer): Promise<EvaluationServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const own = new EvaluationServer(server);
    server.on("request", (request, response) => void own.#answer(request, response, document, answer));
    return own;
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    document: unknown,
    answer: Answerer,
  ): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { method = "", url: path = "", headers } = request;
    this.calls.push({ method, path, headers, body });
    const [status, content] = method === "GET" ? [200, document] : batch(path, body, answer);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
  }
}

function batch(path: string, body: string, answer: Answerer): [status: number, content: unknown] {
  if (path !== "/evaluate/v1/batch") return [404, { code: 5, message: "Not Found", details: [] }];
  const { requests } = JSON.parse(body) as { readonly requests: readonly ApiRequest[] };
  const responses = requests.map(answer);
  const missing = requests.find((_, index) => responses[index] === undefined);
  return missing === undefined
    ? [200, { requestId: "", responses, requestDurationMillis: 0.1 }]
    : [400, { code: 3, message: `no answer is known to ${JSON.stringify(missing)}`, details: [] }];
}
