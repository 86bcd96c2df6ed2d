// Simulates a fleet of clients in virtual time. Each client is real except for the clock, the random numbers and the
// network, so that the requests at the server show the scheduling of src/.

import { setImmediate } from "node:timers";
import { portableEngine } from "../engines/portable/mod.ts";
import type { FetcherResponse, IFetcher } from "../src/options/client_options.ts";
import { initClient } from "../src/client.ts";
import type { Clock } from "../core/clock.ts";
import { Random } from "../tests/support/random.ts";

/** Options of a simulation. Times are in seconds. */
export interface FleetOptions {
  /** The number of clients. */
  readonly clients: number;
  /** Their `updateInterval`. */
  readonly interval: number;
  /** The time in which they start, at random. */
  readonly rollout: number;
  /** The start and the end of an outage, in which the server refuses connections. */
  readonly outage: readonly [from: number, until: number];
  /** The duration of the simulation. */
  readonly duration: number;
  /** The seed of the random numbers. */
  readonly seed: number;
  /** The number of relays that the clients ask in place of the server. @default none */
  readonly relays?: number;
}

/** The requests at the server or, with relays, at all of them together. Times are in seconds. */
export interface FleetResult {
  /** The number of requests in each second, including refused ones. */
  readonly requests: readonly number[];
  /** With relays, the requests of relays at the server in each second, including refused ones. */
  readonly atServer: readonly number[];
  /** The mean number of requests per second outside the outage. */
  readonly mean: number;
  /** The maximum number of requests in a second after the outage. */
  readonly peakAfterOutage: number;
  /** The second of that peak. */
  readonly peakAt: number;
  /** The second in which the last client was up to date again. */
  readonly recoveredAt: number;
}

/** A virtual clock: time jumps to the next timer as soon as the work of the previous one is done. */
export class VirtualClock implements Clock {
  readonly #random: Random;
  // A binary heap, ordered by due time.
  readonly #timers: { readonly at: number; readonly order: number; callback: (() => void) | undefined }[] =
    [];
  #now = 0;
  #order = 0;

  /** Starts at 0. */
  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  random(): number {
    return this.#random.next();
  }

  after(millis: number, callback: () => void): () => void {
    const timer = {
      at: this.#now + Math.max(0, millis),
      order: this.#order++,
      callback: callback as (() => void) | undefined,
    };
    this.#timers.push(timer);
    this.#rise(this.#timers.length - 1);
    return () => {
      // Stays in the heap until it is due: every fetch cancels a timeout.
      timer.callback = undefined;
    };
  }

  /** Runs the timers that are due until `end`, each followed by its pending promises. */
  async runUntil(end: number): Promise<void> {
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#removeFirst();
      const { callback } = next;
      if (callback === undefined) continue;
      this.#now = next.at;
      callback();
      // A client that has been at it for long lets others go first, each time for a turn of the event loop.
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    this.#now = end;
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#timers[left], this.#timers[right]];
    if (a === undefined || b === undefined) return a !== undefined;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#timers[left], this.#timers[right]];
    if (a === undefined || b === undefined) return;
    this.#timers[left] = b;
    this.#timers[right] = a;
  }

  #rise(index: number): void {
    for (let at = index; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #removeFirst(): void {
    const last = this.#timers.pop();
    if (last === undefined || this.#timers.length === 0) return;
    this.#timers[0] = last;
    for (let at = 0;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#isBefore(child, least)) least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}

/** How often a relay asks: the default of `flipt-ffi relay`. */
const RELAY_INTERVAL_SECONDS = 30;

const DOCUMENT = JSON.stringify({ namespace: { key: "default" }, flags: [] });
const ETAG = "1";
/** The response to a client that has the document. All share it: a `Response` for each would take most of the time. */
const UNCHANGED: FetcherResponse = {
  ok: false,
  status: 304,
  statusText: "Not Modified",
  headers: { get: () => ETAG },
  json: () => Promise.reject(new Error("there is no body")),
};

/** Runs a simulation. The same options always produce the same result. */
export async function simulateFleet(options: FleetOptions): Promise<FleetResult> {
  const { clients, interval, rollout, outage: [from, until], duration, seed } = options;
  const clock = new VirtualClock(seed);
  const engine = portableEngine();
  const requests = new Array<number>(duration).fill(0);
  const atServer = new Array<number>(duration).fill(0);
  const currentAt = new Array<number>(clients).fill(Infinity);
  const document = (etag: string | undefined): FetcherResponse =>
    etag === ETAG ? UNCHANGED : new Response(DOCUMENT, { headers: { etag: ETAG } });
  const serve = (counts: number[]): number => {
    const second = Math.floor(clock.now() / 1000);
    counts[second] = (counts[second] ?? 0) + 1;
    if (second >= from && second < until) throw new Error("connection refused");
    return second;
  };
  const surroundings = { clock, chooseEngine: () => Promise.resolve(engine) };
  const relays = Array.from({ length: options.relays ?? 0 }, () =>
    initClient({
      fetcher: ({ etag } = {}) =>
        Promise.resolve().then(() => {
          serve(atServer);
          return document(etag);
        }),
      updateInterval: RELAY_INTERVAL_SECONDS,
      errorStrategy: "fallback",
      // The simulation tells of the outage by its figures.
      logLevel: "off",
    }, surroundings));
  const answer = (client: number, etag: string | undefined): FetcherResponse => {
    if (relays.length > 0) {
      // A relay has a document of before the outage, and answers with it.
      const second = Math.floor(clock.now() / 1000);
      requests[second] = (requests[second] ?? 0) + 1;
      if (second >= until) currentAt[client] = Math.min(currentAt[client] ?? second, second);
      return document(etag);
    }
    const second = serve(requests);
    if (second >= until) currentAt[client] = Math.min(currentAt[client] ?? second, second);
    return document(etag);
  };
  const running = Array.from({ length: clients }, (_, client) => {
    const fetcher: IFetcher = ({ etag } = {}) => Promise.resolve().then(() => answer(client, etag));
    return new Promise<{ close(): void }>((resolve, reject) => {
      clock.after(clock.random() * rollout * 1000, () => {
        initClient(
          { fetcher, updateInterval: interval, errorStrategy: "fallback", logLevel: "off" },
          surroundings,
        ).then(
          resolve,
          reject,
        );
      });
    });
  });
  await clock.runUntil(duration * 1000);
  for (const client of await Promise.all([...running, ...relays])) client.close();

  const outside = requests.filter((_, second) => second >= rollout && (second < from || second >= until));
  const after = requests.slice(until);
  const peakAfterOutage = Math.max(...after);
  return {
    requests: requests.slice(0, duration),
    atServer: atServer.slice(0, duration),
    mean: outside.reduce((sum, count) => sum + count, 0) / outside.length,
    peakAfterOutage,
    peakAt: until + after.indexOf(peakAfterOutage),
    recoveredAt: Math.max(...currentAt),
  };
}
