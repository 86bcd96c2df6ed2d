// The way to a service on the loopback interface, which can be shut: it then ends each connection at once, and counts them.

import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A way to a service. */
export class Gate implements AsyncDisposable {
  /** Its port. */
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isShut = false;
  #refused = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (near: Socket) => {
      if (this.#isShut) {
        this.#refused++;
        near.on("error", () => {});
        near.destroy();
        return;
      }
      const far = connect(target, "127.0.0.1");
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  /** Starts one in front of a port. */
  static async start(target: number): Promise<Gate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Gate(server, target);
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
