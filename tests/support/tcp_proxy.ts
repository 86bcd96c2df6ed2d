// A TCP proxy on the loopback interface: the one address of a service, behind which another server takes over, or a line that
// delivers late; shut, it ends each connection at once, and counts them.

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
  #isShut = false;
  #refused = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (near: Socket) => {
      if (this.#isShut) {
        this.#refused++;
        near.on("error", () => {});
        near.destroy();
        return;
      }
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
    this.#breakAll();
  }

  /** How many connections it refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Breaks all connections, and refuses further ones. */
  shut(): void {
    this.#isShut = true;
    this.#breakAll();
  }

  /** Lets connections through again. */
  open(): void {
    this.#isShut = false;
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
    this.#breakAll();
    await closed;
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
