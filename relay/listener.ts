// Serves what a relay holds in Flipt's own protocol, to any Flipt client.

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  acceptsGzip,
  asStreamError,
  failure,
  gzipped,
  NOT_FOUND,
  type PlainAnswer,
  type ReceivedRequest,
  snapshotAnswer,
  type SnapshotRequest,
  snapshotRequestOf,
  streamedEnvironment,
  UNAUTHENTICATED,
  unknownNamespace,
} from "../server/protocol.ts";
import type { ClientTokens } from "./client_tokens.ts";
import { DocumentStreams } from "./document_streams.ts";
import { type HeldDocument, placeKey } from "./held_document.ts";
import type { Hub } from "./hub.ts";
import { ServedDocument } from "./served_document.ts";

/** Whether a relay can answer for a namespace; if not, in words for the client. */
export type Availability = "ready" | "unknown" | { readonly problem: string };

/** What a listener is made of. */
export interface ListenerParts {
  /** The documents. */
  readonly hub: Hub;
  /** The environments whose documents are served. */
  readonly environments: ReadonlySet<string>;
  /** Returns whether the document of a namespace may be served. */
  readonly availability: (environment: string, namespace: string) => Availability;
  /** The tokens of clients; `undefined` for none. */
  readonly tokens: ClientTokens | undefined;
}

/** Requests that a listener answered, by what they asked for. */
export interface ListenerCounts {
  /** Snapshots, by status. */
  readonly snapshots: Map<number, number>;
  /** Streams that were opened. */
  streams: number;
}

/** Answers requests for flag states. */
export class Listener {
  readonly counts: ListenerCounts = { snapshots: new Map(), streams: 0 };
  readonly #parts: ListenerParts;
  readonly #served = new Map<string, ServedDocument>();
  readonly #streams = new Map<string, DocumentStreams>();
  readonly #stop: () => void;
  #isClosing = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#stop = parts.hub.subscribe((held) => this.#changed(held));
  }

  /** The number of open streams. */
  get openStreams(): number {
    return [...this.#streams.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Ends the streams of a namespace that cannot be answered for any more: its clients ask, and are told why. */
  endStreams(environment: string, namespace: string): void {
    this.#streams.get(placeKey(environment, namespace))?.end();
  }

  /** Ends all streams; later requests are rejected as those of a server that stops. */
  close(): void {
    this.#isClosing = true;
    this.#stop();
    for (const streams of this.#streams.values()) streams.end();
  }

  /** Responds to a request. */
  async respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request: ReceivedRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers as Record<string, string | undefined>,
    };
    const asked = snapshotRequestOf(request);
    if (asked === undefined) return send(response, NOT_FOUND);
    const rejected = await this.#rejection(request);
    if (rejected !== undefined) {
      return this.#answer(asked, response, asked.isStream ? asStreamError(rejected) : rejected);
    }
    if (asked.isStream) this.#stream(request, asked, response);
    else this.#answer(asked, response, this.#snapshot(request, asked));
  }

  async #rejection({ headers }: ReceivedRequest): Promise<PlainAnswer | undefined> {
    if (this.#isClosing) return unavailable("the relay is stopping");
    const { tokens } = this.#parts;
    return tokens === undefined || await tokens.accepts(headers["authorization"])
      ? undefined
      : UNAUTHENTICATED;
  }

  #snapshot(request: ReceivedRequest, asked: SnapshotRequest): PlainAnswer {
    const { environments, hub, availability } = this.#parts;
    let problem: PlainAnswer | undefined;
    let found: ServedDocument | undefined;
    const answer = snapshotAnswer(request, asked, {
      hasEnvironment: (environment) => environments.has(environment),
      find: ({ environment, namespace, reference }) => {
        // A relay holds the newest state only.
        if (reference !== undefined) problem = failure(400, 3, "a relay has no git references");
        problem ??= problemOf(availability(environment, namespace));
        const held = problem === undefined ? hub.get(environment, namespace) : undefined;
        return found = held && this.#servedOf(held);
      },
    });
    if (problem !== undefined) return problem;
    return found === undefined
      ? answer
      : gzipped(request, answer, () => (found as ServedDocument).compressed());
  }

  #stream(request: ReceivedRequest, asked: SnapshotRequest, response: ServerResponse): void {
    const { environments, hub, availability } = this.#parts;
    const hasEnvironment = (environment: string): boolean => environments.has(environment);
    const environment = streamedEnvironment(request, asked, { hasEnvironment });
    if (typeof environment !== "string") return this.#answer(asked, response, environment);
    const { namespace, digest } = asked;
    const available = environments.has(environment) ? availability(environment, namespace) : "unknown";
    const problem = available === "unknown" ? unknownNamespace(namespace) : problemOf(available);
    if (problem !== undefined) return this.#answer(asked, response, asStreamError(problem));
    const key = placeKey(environment, namespace);
    let streams = this.#streams.get(key);
    if (streams === undefined) this.#streams.set(key, streams = new DocumentStreams());
    const held = hub.get(environment, namespace);
    if (held !== undefined) streams.send(this.#servedOf(held));
    this.counts.streams++;
    streams.add(response, acceptsGzip(request), digest);
  }

  #changed(held: HeldDocument): void {
    const key = placeKey(held.environment, held.namespace);
    const streams = this.#streams.get(key);
    if (streams !== undefined && streams.size > 0) streams.send(this.#servedOf(held));
  }

  #servedOf(held: HeldDocument): ServedDocument {
    const key = placeKey(held.environment, held.namespace);
    const known = this.#served.get(key);
    if (known?.etag === held.digest) return known;
    const served = new ServedDocument(held);
    this.#served.set(key, served);
    return served;
  }

  #answer({ isStream }: SnapshotRequest, response: ServerResponse, answer: PlainAnswer): void {
    const { status = 200 } = answer;
    const { snapshots } = this.counts;
    if (!isStream) snapshots.set(status, (snapshots.get(status) ?? 0) + 1);
    send(response, answer);
  }
}

function problemOf(availability: Availability): PlainAnswer | undefined {
  return typeof availability === "object" ? unavailable(availability.problem) : undefined;
}

/** The response of a server that will do better later: clients keep what they have, and ask again. */
function unavailable(message: string): PlainAnswer {
  return failure(503, 14, message);
}

/** Sends a response. */
export function send(response: ServerResponse, { status = 200, headers = {}, body = "" }: PlainAnswer): void {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body as Uint8Array;
  const length = status === 304 ? {} : { "content-length": String(bytes.length) };
  response.writeHead(status, { ...headers, ...length });
  if (status === 304) response.end();
  else response.end(bytes);
}
