// An HTTP server on an address, which starts in the place of one that was killed, and leaves nothing behind.

import { lstat, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { FliptError, hasCode } from "../core/errors.ts";
import type { Address } from "./address.ts";

/** How long responses have that were ended before the server is closed, and how often that is looked at, in milliseconds. */
const GRACE_MS = 1_000;
const GRACE_STEP_MS = 10;

/** Responds to a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that listens. */
export class HttpServer {
  /** Its address, such as `http://127.0.0.1:8080` or `unix:/run/flipt.sock`: for the option `url` of a client. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: Address, handler: Handler) {
    this.#server = server;
    this.url = urlOf(server, address);
    server.on("error", () => {});
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      // A client may go away at any time.
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      for (const emitter of [request, response]) emitter.on("error", () => {});
      handler(request, response);
    });
  }

  /**
   * Starts a server.
   * @throws {FliptError} (rejects) when it cannot listen there.
   */
  static async start(address: Address, handler: Handler): Promise<HttpServer> {
    const server = createServer();
    try {
      await listen(server, address).catch(async (error: unknown) => {
        // The socket of a process that was killed stays, and nobody accepts connections there.
        if (!("path" in address) || !hasCode(error, "EADDRINUSE") || await isServed(address.path)) {
          throw error;
        }
        await rm(address.path, { force: true });
        await listen(server, address);
      });
    } catch (cause) {
      throw new FliptError(`cannot listen on ${nameOf(address)}: ${reasonOf(cause)}`, { cause });
    }
    return new HttpServer(server, address, handler);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Stops listening, lets responses that were ended arrive, and closes every connection. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const until = performance.now() + GRACE_MS;
    while (this.#sockets.size > 0 && performance.now() < until) {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => setTimeout(resolve, GRACE_STEP_MS));
    }
    server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function listen(server: Server, address: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(error);
    server.once("error", onError);
    const onListening = (): void => {
      server.off("error", onError);
      resolve();
    };
    if ("path" in address) server.listen(address.path, onListening);
    else server.listen(address.port, address.hostname, onListening);
  });
}

/** Returns whether a process accepts connections on a socket. What is no socket counts as in use: it is not removed. */
async function isServed(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return false;
  if (!stats.isSocket()) return true;
  return await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.on("error", () => resolve(false));
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
  });
}

function urlOf(server: Server, address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const { family, port, address: host } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${host}]` : host}:${port}`;
}

function nameOf(address: Address): string {
  return "path" in address ? `the socket ${address.path}` : `port ${address.port} of ${address.hostname}`;
}

function reasonOf(error: unknown): string {
  if (hasCode(error, "EADDRINUSE")) return "it is in use";
  if (hasCode(error, "EACCES")) return "there is no permission to";
  return error instanceof Error ? error.message : String(error);
}
