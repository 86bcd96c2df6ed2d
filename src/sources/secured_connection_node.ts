// TLS on a socket that was connected before, directly or through a proxy: on bare sockets, which Deno, Bun and Node have in
// common. Loaded only where the option `tls` has a proxy, and on Deno.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { throwIfAborted } from "../../core/abortable.ts";
import { builtin } from "../../ffi/builtin_node.ts";
import { denoGlobal } from "../../ffi/runtime.ts";

/** What holds a connection back: the sender has to wait then. */
export interface Flow {
  /** Reads no further. */
  hold(): void;
  /** Reads on. */
  release(): void;
}

/** A connection that is secured. */
export interface SecuredConnection {
  /** The connection. */
  readonly socket: TLSSocket;
  /** Holds it back, where node:tls does not do that itself. */
  readonly flow?: Flow;
}

/**
 * Connects to the host of `url`, by way of `proxy` if there is one, secured by the options of TLS.
 * @throws {FetchError} (rejects) when there is no tunnel, the error of the connection or of TLS when it cannot be made or
 * secured, and the signal's reason when that is aborted.
 */
export async function secureConnection(
  url: string,
  secure: ConnectionOptions,
  proxy: string | undefined,
  signal: AbortSignal,
): Promise<SecuredConnection> {
  const [net, tls] = await Promise.all([builtin("node:net"), builtin("node:tls")]);
  throwIfAborted(signal);
  const { hostname, port } = new URL(url);
  const host = hostOf(hostname);
  const through = proxy === undefined ? undefined : new URL(proxy);
  const socket = through === undefined
    ? net.connect(Number(port || 443), host)
    : net.connect(Number(through.port || 80), hostOf(through.hostname));
  // What goes wrong later shows to who reads or writes.
  socket.on("error", () => {});
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (through === undefined) await happened(socket, "connect");
    else {
      const { connectThrough } = await import("./proxy_tunnel_node.ts");
      await connectThrough(socket, through, `${hostname}:${port || 443}`, url);
    }
    const held = denoGlobal() === undefined ? undefined : heldBack(await builtin("node:stream"), socket);
    const secured = tls.connect({
      ...secure,
      socket: held?.connection ?? socket,
      host,
      ALPNProtocols: ["http/1.1"],
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
    });
    secured.on("error", () => {});
    secured.on("close", () => socket.destroy());
    await happened(secured, "secureConnect");
    throwIfAborted(signal);
    return held === undefined ? { socket: secured } : { socket: secured, flow: held.flow };
  } catch (error) {
    socket.destroy();
    throwIfAborted(signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A host as sockets take it: an address of IPv6 without its brackets. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Waits for the event; rejects with what breaks the connection before. */
function happened(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed before it was secured")));
  });
}

/**
 * Puts a stream between TLS and the socket, which reads only while it may: node:tls of Deno takes all that it gets, a
 * gigabyte in two seconds, whether anybody reads it or not.
 */
function heldBack(
  { Duplex }: typeof import("node:stream"),
  socket: Socket,
): { readonly connection: Duplex; readonly flow: Flow } {
  const connection = new Duplex({
    // What arrives is passed on as it comes: `flow` says when it may.
    read() {},
    write: (bytes: Uint8Array, _encoding, done) => void socket.write(bytes, () => done()),
    final: (done) => void socket.end(() => done()),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  connection.on("error", () => {});
  socket.on("data", (bytes) => void connection.push(bytes));
  socket.on("end", () => void connection.push(null));
  socket.on("error", (error) => void connection.destroy(error));
  // A socket that is given up says nothing else, and who waits for a handshake would wait for ever.
  socket.on("close", () => void connection.destroy());
  return { connection, flow: { hold: () => void socket.pause(), release: () => void socket.resume() } };
}
