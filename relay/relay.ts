// A relay: wires the clients that keep its documents fresh to what passes them on, and takes everything apart again.

import { mkdir, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { FetchError, FliptError } from "../core/errors.ts";
import { systemClock } from "../ffi/system_clock.ts";
import type { PlainAnswer } from "../server/protocol.ts";
import type { SnapshotStore } from "../src/options/store.ts";
import { fileStore } from "../store/file.ts";
import { addressOf } from "./address.ts";
import { ClientTokens } from "./client_tokens.ts";
import { HttpServer } from "./http_server.ts";
import { Hub } from "./hub.ts";
import { type Availability, Listener, send } from "./listener.ts";
import { checkRelayOptions, clientOptionsOf, type RelayedPlace, type RelayOptions } from "./options.ts";
import {
  healthAnswer,
  metricsAnswer,
  metricsText,
  type RelayCounts,
  type RelayedNamespace,
  type RelayStatus,
} from "./report.ts";
import { RedisWriter } from "./redis_writer.ts";
import { Upstream } from "./upstream.ts";

/** A running relay. */
export interface Relay extends AsyncDisposable {
  /** Where it serves the documents, for the option `url` of a client; `undefined` when it does not. */
  readonly url: string | undefined;
  /** Where it serves `/healthz` and `/metrics`; `undefined` when it does not. */
  readonly healthUrl: string | undefined;
  /** Its status. */
  readonly status: RelayStatus;
  /** Returns its metrics, in the text format of Prometheus. */
  metrics(): string;
  /** Waits until each namespace has a document, or its first fetch has failed for good. Returns the status then. */
  ready(): Promise<RelayStatus>;
  /** Fetches all namespaces from the Flipt server now. Never rejects: failures are in the status. */
  refresh(): Promise<void>;
  /** Stops it: hands over to other relays, ends the streams of its clients, and stores its documents. */
  close(): Promise<void>;
}

/**
 * Runs a relay: one connection to a Flipt server for any number of clients. It listens at once, and has its documents
 * as soon as the server or its store returns them.
 *
 * @returns the relay. The caller closes it.
 * @throws {ValidationError} (rejects) that lists everything wrong with the options.
 * @throws {FliptError} (rejects) when it cannot listen, or the file of client tokens cannot be read.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { runRelay } from "@flipt-ffi/client/relay";
 * import { flagDocument, FliptTestServer } from "@flipt-ffi/client/testing";
 *
 * await using flipt = await FliptTestServer.start({ documents: { shop: flagDocument({ "dark-mode": true }, "shop") } });
 * await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen: "127.0.0.1:0" });
 * await relay.ready();
 *
 * await using client = await FliptClient.init({ url: relay.url, namespace: "shop" });
 * console.assert(client.isEnabled("dark-mode", "user-1"));
 * ```
 */
export async function runRelay(options: RelayOptions): Promise<Relay> {
  checkRelayOptions(options);
  const tokens = options.clientTokenFile === undefined
    ? undefined
    : await ClientTokens.open(options.clientTokenFile);
  const storeOf = await storesOf(options.store);
  const relay = new RunningRelay(options, storeOf, tokens);
  try {
    await relay.start();
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

/**
 * Creates a folder and those above it. Node's own `recursive` never returns, and keeps a core busy, where a file system says
 * ENOENT for a new folder in one that exists, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    // Another relay may have created it meanwhile.
    await mkdir(path).catch(async (again: unknown) => {
      if (!await stat(path).then((found) => found.isDirectory(), () => false)) throw again;
    });
  }
}

/** Returns what gives the store of a namespace. */
async function storesOf(
  store: RelayOptions["store"],
): Promise<(place: RelayedPlace) => SnapshotStore | undefined> {
  if (store === undefined) return () => undefined;
  if (typeof store === "function") return store;
  try {
    await makeFolder(store);
  } catch (cause) {
    throw new FliptError(`the folder ${store} of the store cannot be made`, { cause });
  }
  return ({ environment, namespace }) =>
    fileStore(join(store, `${encodeURIComponent(environment)}.${encodeURIComponent(namespace)}.document`));
}

class RunningRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #hub = new Hub();
  readonly #upstreams = new Map<string, Upstream>();
  readonly #environment: string;
  readonly #listener: Listener | undefined;
  readonly #writer: RedisWriter | undefined;
  #server: HttpServer | undefined;
  #healthServer: HttpServer | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    options: RelayOptions,
    storeOf: (place: RelayedPlace) => SnapshotStore | undefined,
    tokens: ClientTokens | undefined,
  ) {
    this.#options = options;
    const { namespaces, environment = "default", onEvent = () => {} } = options;
    this.#environment = environment;
    this.#hub.subscribe(({ environment, namespace, digest }) =>
      onEvent({ type: "update", environment, namespace, digest })
    );
    if (options.listen !== undefined) {
      this.#listener = new Listener({
        hub: this.#hub,
        environments: new Set([environment]),
        availability: (_environment, namespace) => this.#availability(namespace),
        tokens,
      });
    }
    if (options.redis !== undefined) {
      this.#writer = new RedisWriter({
        ...options.redis,
        hub: this.#hub,
        clock: systemClock,
        onRole: (role) => onEvent({ type: "role", role }),
        onError: (error) => onEvent({ type: "error", error }),
      });
    }
    try {
      for (const namespace of namespaces) {
        const place = { environment, namespace };
        const upstream = new Upstream({
          ...place,
          options: { ...clientOptionsOf(options), store: storeOf(place) },
          hub: this.#hub,
          clock: systemClock,
          onError: (error) => onEvent({ type: "error", ...place, error }),
          onState: (state) => {
            if (state === "stale") this.#listener?.endStreams(environment, namespace);
            onEvent({ type: "status", ...place, state });
          },
        });
        this.#upstreams.set(namespace, upstream);
      }
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  get url(): string | undefined {
    return this.#listener && this.#server?.url;
  }

  get healthUrl(): string | undefined {
    return (this.#healthServer ?? this.#server)?.url;
  }

  get status(): RelayStatus {
    const namespaces = [...this.#upstreams.values()].map((upstream) => this.#namespaceStatus(upstream));
    const ok = [...this.#upstreams.keys()].every((namespace) => this.#availability(namespace) === "ready");
    return { ok, role: this.#writer?.role ?? "none", namespaces };
  }

  metrics(): string {
    return metricsText(this.status, this.#counts());
  }

  async ready(): Promise<RelayStatus> {
    await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.started()));
    return this.status;
  }

  async refresh(): Promise<void> {
    await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.refresh()));
  }

  /** Starts what passes the documents on. */
  async start(): Promise<void> {
    const { listen, health } = this.#options;
    if (listen !== undefined) {
      this.#server = await HttpServer.start(addressOf(listen), (request, response) => {
        if (health === undefined && this.#report(request, response)) return;
        void this.#listener?.respond(request, response);
      });
    }
    if (health !== undefined) {
      this.#healthServer = await HttpServer.start(addressOf(health), (request, response) => {
        if (!this.#report(request, response)) send(response, { status: 404 });
      });
    }
    this.#writer?.start();
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#listener?.close();
    await Promise.all([
      this.#writer?.close(),
      this.#server?.close(),
      ...[...this.#upstreams.values()].map((upstream) => upstream.close()),
    ]);
    await this.#healthServer?.close();
  }

  /** Responds to a probe or a scrape. Returns false for any other request. */
  #report({ method, url = "" }: IncomingMessage, response: ServerResponse): boolean {
    if (method !== "GET" && method !== "HEAD") return false;
    let answer: PlainAnswer;
    if (url === "/healthz") answer = healthAnswer(this.status);
    else if (url === "/metrics") answer = metricsAnswer(this.status, this.#counts());
    else return false;
    send(response, answer);
    return true;
  }

  #counts(): RelayCounts {
    const listener = this.#listener;
    return {
      openStreams: listener?.openStreams,
      streams: listener?.counts.streams ?? 0,
      snapshots: listener?.counts.snapshots ?? new Map(),
      redis: { ...this.#writer?.counts },
    };
  }

  #namespaceStatus({ environment, namespace, status, counts }: Upstream): RelayedNamespace {
    const { state, mode, ageSeconds, consecutiveFailures, lastError } = status;
    const digest = this.#hub.get(environment, namespace)?.digest;
    return {
      environment,
      namespace,
      state,
      mode,
      ...(digest === undefined ? {} : { digest }),
      ...(ageSeconds === undefined ? {} : { ageSeconds }),
      ...counts,
      consecutiveFailures,
      ...(consecutiveFailures > 0 && lastError !== undefined ? { lastError: lastError.message } : {}),
    };
  }

  #availability(namespace: string): Availability {
    const upstream = this.#upstreams.get(namespace);
    if (upstream === undefined) return "unknown";
    const { state, lastError } = upstream.status;
    if (this.#hub.get(this.#environment, namespace) === undefined) {
      // The server's own answer, passed on.
      if (lastError instanceof FetchError && lastError.status === 404) return "unknown";
      return { problem: `the relay has no document of the namespace "${namespace}" yet` };
    }
    if (state !== "stale") return "ready";
    return { problem: `the relay's document of the namespace "${namespace}" is older than its maxStaleness` };
  }
}
