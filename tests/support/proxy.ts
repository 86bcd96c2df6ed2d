// An HTTP proxy on the loopback interface: forwards plain requests, makes tunnels, and logs both.

import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A running proxy. Whatever host it is asked for, it connects to this machine. */
export class Proxy {
  /** What goes into `HTTP_PROXY` and `HTTPS_PROXY`. */
  readonly url: string;
  /** The method and target of each request, such as `CONNECT localhost:8443`. */
  readonly requests: string[] = [];
  /** The credentials of each request, as the header has them. */
  readonly credentials: (string | undefined)[] = [];
  /** What it answers in place of what it is asked for. */
  answer: string | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket: Socket) => {
      this.#track(socket);
      socket.once("data", (head: Uint8Array) => this.#serve(socket, Array.from(head)));
    });
  }

  /** Starts one on a free port. */
  static async start(): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Proxy(server);
  }

  /** Stops listening and breaks every connection at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #serve(client: Socket, bytes: readonly number[]): void {
    // Requests of the tests have no body, and their heads arrive in one piece.
    const head = String.fromCharCode(...bytes);
    const [method = "", target = ""] = head.split(" ");
    this.requests.push(`${method} ${target}`);
    this.credentials.push(/^proxy-authorization: (.*?)\r?$/im.exec(head)?.[1]);
    if (this.answer !== undefined) return void client.end(this.answer);
    const isTunnel = method === "CONNECT";
    const url = new URL(isTunnel ? `https://${target}` : target);
    const server = connect(Number(url.port), "127.0.0.1", () => {
      if (isTunnel) client.write("HTTP/1.1 200 OK\r\n\r\n");
      else server.write(head.replace(target, url.pathname + url.search));
      client.pipe(server);
      server.pipe(client);
    });
    this.#track(server);
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
  }
}
