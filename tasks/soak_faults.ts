// What goes wrong between the soak test's clients and its server: by chance, at every request.

import type { Socket } from "node:net";
import type { Exchange, FaultServer } from "../tests/support/fault_server.ts";
import { chunk, responseText, streamHead } from "../tests/support/fault_server.ts";
import type { Random } from "../tests/support/random.ts";
import type { DocumentJson } from "../tests/support/server.ts";

/** The document that a request is answered with. */
interface Current {
  readonly text: string;
  readonly digest: string;
}

/** What goes wrong with an exchange. */
type Fault = (socket: Socket, current: Current, random: Random) => void;

/** The share of requests that something goes wrong with. */
const share = 0.4;

function status(code: number, headers: Record<string, string> = {}, body = "{}"): Fault {
  return (socket) => void socket.write(responseText(code, headers, body));
}

function ending(text: string): Fault {
  return (socket) => void socket.end(text);
}

/** Some of the text, from its beginning. */
function part(text: string, random: Random): string {
  return text.slice(0, random.below(text.length));
}

const common: readonly Fault[] = [
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
  // Silence, until the client has had enough.
  () => {},
];

const snapshotFaults: readonly Fault[] = [
  ...common,
  status(404, {}, `{"code":5,"message":"not found","details":[]}`),
  status(200, {}, ""),
  status(200, {}, "{}"),
  status(200, { ETag: "of-nothing" }, `{"namespace":{"key":"shop"},"flags":7}`),
  status(304),
  (socket, { text }, random) => void socket.write(responseText(200, {}, part(text, random))),
  // Broken off anywhere.
  (socket, { text, digest }, random) =>
    void socket.end(part(responseText(200, { ETag: digest }, text), random)),
  (socket, { text }, random) => dribble(socket, responseText(200, {}, text), random),
];

const streamFaults: readonly Fault[] = [
  ...common,
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
    socket.write(chunk(`{"result":${part(text, random)}`));
    if (random.chance(0.5)) socket.end();
  },
  (socket, { text }, random) => {
    // Whole, but in pieces. Not slowly: a push that took its time could rightly be older than a fetch.
    const line = `{"result":${text}}\n`;
    const size = Math.ceil(line.length / (1 + random.below(20)));
    socket.write(streamHead);
    for (let start = 0; start < line.length; start += size) {
      socket.write(chunk(line.slice(start, start + size)));
    }
  },
];

/** Sends text in a few pieces, some milliseconds apart. */
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
 * Milliseconds for which those who ask still get the state of before, when a newer one has been pushed: shorter than what
 * the clients allow for (five seconds of their time), longer than a push can be under way here.
 */
const lag = 700;

/** Lets things go wrong at a server, until it is told to stop. */
export class Chaos {
  readonly #server: FaultServer;
  readonly #random: Random;
  #injected = 0;
  #before: (Current & { readonly until: number }) | undefined;

  /** Begins at once. */
  constructor(server: FaultServer, random: Random) {
    this.#server = server;
    this.#random = random;
    server.onSnapshot = (exchange) => this.#answer(exchange, snapshotFaults);
    server.onStream = (exchange) => this.#answer(exchange, streamFaults);
  }

  /** How much has gone wrong. */
  get injected(): number {
    return this.#injected;
  }

  /** Pushes a document a moment before it is there for those who ask, as the real server does. */
  push(document: DocumentJson): void {
    const { text, digest = "" } = this.#server;
    const now = Date.now();
    if (this.#before === undefined || now >= this.#before.until) {
      this.#before = { text, digest, until: now + lag };
    }
    this.#server.push(document);
  }

  /** Breaks every open stream. */
  breakStreams(): void {
    this.#injected++;
    this.#server.breakStreams();
  }

  /** Sends what is no document down every open stream. */
  babble(): void {
    this.#injected++;
    this.#server.sendToStreams(this.#random.pick(["\n", "x\n", `{"result":{"flags":[`, `{"result":null}\n`]));
  }

  /** Takes the server away for a time. */
  async outage(millis: number): Promise<void> {
    this.#injected++;
    await this.#server.close();
    await new Promise((resolve) => setTimeout(resolve, millis));
    await this.#server.open();
  }

  /** All is well from now on. */
  end(): void {
    this.#server.onSnapshot = undefined;
    this.#server.onStream = undefined;
    // What hangs since before would go on to.
    this.#server.breakStreams();
  }

  #answer(exchange: Exchange, faults: readonly Fault[]): void {
    const { request, socket } = exchange;
    const { text, digest = "" } = this.#server;
    const before = this.#before;
    const isLagging = before !== undefined && Date.now() < before.until && !request.isStream;
    if (this.#random.chance(share)) {
      this.#injected++;
      this.#random.pick(faults)(socket, isLagging ? before : { text, digest }, this.#random);
    } else if (!isLagging) {
      this.#server.answer(exchange);
    } else if (request.headers["if-none-match"] === before.digest) {
      socket.write("HTTP/1.1 304 Not Modified\r\n\r\n");
    } else socket.write(responseText(200, { ETag: before.digest }, before.text));
  }
}
