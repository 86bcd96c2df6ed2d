// A TCP proxy on the loopback interface: the one address of a service, behind which another server takes over, or a line that
// delivers late.

import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A running proxy. */
export class TcpProxy {
  /** Its port. */
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number;
  /** What has arrived while it is delivered to nobody. */
  #kept: (() => void)[] | undefined;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (near: Socket) => {
      const far = connect(this.#target, "127.0.0.1");
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.on("data", (bytes: Uint8Array) => {
          const deliver = (): void => void (other.destroyed || other.write(bytes));
          if (this.#kept === undefined) deliver();
          else this.#kept.push(deliver);
        });
      }
    });
  }

  /** Starts one in front of a port. */
  static async start(target: number): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new TcpProxy(server, target);
  }

  /** Breaks all connections, and connects those that come to another port. */
  lead(target: number): void {
    this.#target = target;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Delivers nothing for a time, and then all that came meanwhile. */
  async delay(millis: number): Promise<void> {
    this.#kept ??= [];
    await new Promise((resolve) => setTimeout(resolve, millis));
    const kept = this.#kept;
    this.#kept = undefined;
    for (const deliver of kept) deliver();
  }

  /** Stops listening, and breaks all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
