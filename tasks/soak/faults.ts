// The faults between the soak test's clients and its server, injected at random.

import type { Socket } from "node:net";
import type { Exchange, FaultServer } from "../../tests/support/fault_server.ts";
import { chunk, responseText, streamHead } from "../../tests/support/fault_server.ts";
import type { Random } from "../../tests/support/random.ts";
import type { DocumentJson } from "../../tests/support/server.ts";

/** The document in a response. */
interface Current {
  readonly text: string;
  readonly digest: string;
}

/** Answers a request with a fault. */
type Fault = (socket: Socket, current: Current, random: Random) => void;

/** The share of requests with a fault. */
const FAULT_PROBABILITY = 0.4;

function status(code: number, headers: Record<string, string> = {}, body = "{}"): Fault {
  return (socket) => void socket.write(responseText(code, headers, body));
}

function ending(text: string): Fault {
  return (socket) => void socket.end(text);
}

/** Returns a beginning of the text, of random length. */
function truncated(text: string, random: Random): string {
  return text.slice(0, random.below(text.length));
}

const COMMON_FAULTS: readonly Fault[] = [
  status(500, {}, `{"code":2,"message":"EOF","details":[]}`),
  status(502, { "Content-Type": "text/html" }, "<h1>Bad Gateway</h1>"),
  status(503, { "Retry-After": "1" }),
  status(429),
  status(401, {}, `{"code":16,"message":"request was not authenticated","details":[]}`),
  status(302, { Location: "/elsewhere" }),
  (socket) => void socket.destroy(),
  ending(""),
  ending("HTTP/1.1 20"),
  ending("\0\u0001\u0002 this is not HTTP\r\n\r\n"),
  // No response, until the client times out.
  () => {},
];

const SNAPSHOT_FAULTS: readonly Fault[] = [
  ...COMMON_FAULTS,
  status(404, {}, `{"code":5,"message":"not found","details":[]}`),
  status(200, {}, ""),
  status(200, {}, "{}"),
  status(200, { ETag: "of-nothing" }, `{"namespace":{"key":"shop"},"flags":7}`),
  status(304),
  (socket, { text }, random) => void socket.write(responseText(200, {}, truncated(text, random))),
  // Breaks off anywhere.
  (socket, { text, digest }, random) =>
    void socket.end(truncated(responseText(200, { ETag: digest }, text), random)),
  (socket, { text }, random) => dribble(socket, responseText(200, {}, text), random),
];

const STREAM_FAULTS: readonly Fault[] = [
  ...COMMON_FAULTS,
  (socket) => void socket.write(streamHead),
  (socket) => void socket.end(streamHead),
  (socket) => void socket.end(streamHead + "zz\r\nnot a chunk"),
  (socket) => {
    socket.write(streamHead);
    socket.write(chunk(`{"error":{"code":13,"message":"stream broke"}}\n`));
  },
  (socket) => {
    socket.write(streamHead);
    socket.write(chunk(`hello\n{"result":{}}\n\n{"result":`));
  },
  (socket, { text }, random) => {
    socket.write(streamHead);
    socket.write(chunk(`{"result":${truncated(text, random)}`));
    if (random.chance(0.5)) socket.end();
  },
  (socket, { text }, random) => {
    // Complete, but in chunks. Without delays, since a slow push could legitimately be older than a fetch.
    const line = `{"result":${text}}\n`;
    const size = Math.ceil(line.length / (1 + random.below(20)));
    socket.write(streamHead);
    for (let start = 0; start < line.length; start += size) {
      socket.write(chunk(line.slice(start, start + size)));
    }
  },
];

/** Sends text in a few chunks, some milliseconds apart. */
function dribble(socket: Socket, text: string, random: Random): void {
  const size = Math.ceil(text.length / (1 + random.below(8)));
  const next = (start: number): void => {
    if (socket.destroyed) return;
    socket.write(text.slice(start, start + size));
    if (start + size < text.length) setTimeout(() => next(start + size), 1 + random.below(30));
  };
  next(0);
}

/**
 * How long requests still get the previous state after a newer one has been pushed. Shorter than the replication lag
 * that clients tolerate (five seconds of their time), longer than a push takes here.
 */
const REPLICATION_LAG_MS = 700;

/** Injects faults at a server, until it is stopped. */
export class Chaos {
  readonly #server: FaultServer;
  readonly #random: Random;
  #injected = 0;
  #before: (Current & { readonly until: number }) | undefined;

  /** Starts at once. */
  constructor(server: FaultServer, random: Random) {
    this.#server = server;
    this.#random = random;
    server.onSnapshot = (exchange) => this.#answer(exchange, SNAPSHOT_FAULTS);
    server.onStream = (exchange) => this.#answer(exchange, STREAM_FAULTS);
  }

  /** The number of injected faults. */
  get injected(): number {
    return this.#injected;
  }

  /** Pushes a document before requests get it, like a real server with replication lag. */
  push(document: DocumentJson): void {
    const { text, digest = "" } = this.#server;
    const now = Date.now();
    if (this.#before === undefined || now >= this.#before.until) {
      this.#before = { text, digest, until: now + REPLICATION_LAG_MS };
    }
    this.#server.push(document);
  }

  /** Breaks all open streams. */
  breakStreams(): void {
    this.#injected++;
    this.#server.breakStreams();
  }

  /** Sends invalid lines to all open streams. */
  sendInvalidLines(): void {
    this.#injected++;
    this.#server.sendToStreams(this.#random.pick(["\n", "x\n", `{"result":{"flags":[`, `{"result":null}\n`]));
  }

  /** Stops the server for a time. */
  async outage(millis: number): Promise<void> {
    this.#injected++;
    await this.#server.close();
    await new Promise((resolve) => setTimeout(resolve, millis));
    await this.#server.open();
  }

  /** Ends the faults. */
  end(): void {
    this.#server.onSnapshot = undefined;
    this.#server.onStream = undefined;
    // Streams that hang would not recover by themselves.
    this.#server.breakStreams();
  }

  #answer(exchange: Exchange, faults: readonly Fault[]): void {
    const { request, socket } = exchange;
    const { text, digest = "" } = this.#server;
    const before = this.#before;
    const isLagging = before !== undefined && Date.now() < before.until && !request.isStream;
    if (this.#random.chance(FAULT_PROBABILITY)) {
      this.#injected++;
      this.#random.pick(faults)(socket, isLagging ? before : { text, digest }, this.#random);
    } else if (!isLagging) {
      this.#server.answer(exchange);
    } else if (request.headers["if-none-match"] === before.digest) {
      socket.write("HTTP/1.1 304 Not Modified\r\n\r\n");
    } else socket.write(responseText(200, { ETag: before.digest }, before.text));
  }
}
