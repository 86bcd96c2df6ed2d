// What an attack is, and what attacks on bare sockets share.

import type { Socket } from "node:net";
import { chunk, type Exchange, responseText } from "../../tests/support/fault_server.ts";

/** An attack of a server on a client. */
export interface Attack {
  /** The name, as it is given on the command line. */
  readonly name: string;
  /** The request that is answered with it. The other one is answered well. */
  readonly on: "snapshot" | "stream";
  /** Whether the quick half of the suite has it. */
  readonly isQuick?: boolean;
  /** How long it lasts, in seconds. @default 1 */
  readonly seconds?: number;
  /** The longest time that the client's thread may work without a turn of the event loop, in milliseconds. @default 60 */
  readonly maxGapMs?: number;
  /** The most memory that it may cost, in MB. @default 150 */
  readonly maxMegabytes?: number;
  /** Whether the server breaks the attack's connections when it turns good; else the client has to. @default false */
  readonly isBrokenOff?: boolean;
  /** Answers a request. `good` is the document that the server has. */
  readonly run: (exchange: Exchange, good: string) => void;
}

/** The head of a response with a chunked body. */
export function chunkedHead(headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({
    "Content-Type": "application/json",
    "Transfer-Encoding": "chunked",
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`;
}

/** A whole response. */
export function answer(body: string, headers: Readonly<Record<string, string>> = {}): Attack["run"] {
  return ({ socket }) => void socket.write(responseText(200, headers, body));
}

/** Sends what comes as fast as the client takes it, until the connection ends or there is no more. */
export function pour(
  socket: Socket,
  pieces: Iterable<string | Uint8Array>,
  onEnd: () => void = () => {},
): void {
  const iterator = pieces[Symbol.iterator]();
  const next = (): void => {
    for (let count = 0; !socket.destroyed; count++) {
      const { done, value } = iterator.next();
      if (done) return onEnd();
      if (!socket.write(value)) return void socket.once("drain", next);
      // Others have their turn, too.
      if (count > 100) return void setImmediate(next);
    }
  };
  next();
}

/** Sends one piece after the other, some milliseconds apart. */
export function drip(socket: Socket, pieces: Iterable<string>, millis: number): void {
  const iterator = pieces[Symbol.iterator]();
  const next = (): void => {
    const { done, value } = iterator.next();
    if (done || socket.destroyed) return;
    socket.write(value);
    setTimeout(next, millis);
  };
  next();
}

/** The same value again and again. */
export function* repeat<T>(value: T, count: number = Infinity): Generator<T> {
  for (let number = 0; number < count; number++) yield value;
}

/** One after the other. */
export function* concat<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}

/** Sends a body in chunks, and its end. */
export function chunked(
  pieces: (good: string) => Iterable<string | Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Attack["run"] {
  return ({ socket }, good) => {
    socket.write(chunkedHead(headers));
    pour(socket, chunksOf(pieces(good)), () => socket.write("0\r\n\r\n"));
  };
}

function* chunksOf(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield chunk(piece);
}

/** The document with more flags, which is another one by its digest. */
export function withFlags(good: string, flags: string): string {
  const end = good.lastIndexOf("],");
  return `${good.slice(0, end)},${flags}${otherDigest(good.slice(end))}`;
}

/** The document with another digest. */
export function otherDigest(good: string): string {
  return good.replace(/"digest":"./, '"digest":"z');
}
