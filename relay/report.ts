// What a relay says of itself: for probes, and for Prometheus.

import { CONTENT_TYPE, exposition, type Metric, type Sample } from "../prometheus/exposition.ts";
import type { PlainAnswer } from "../server/protocol.ts";
import type { ClientState } from "../src/state/client_status.ts";
import type { FetchMode } from "../src/options/client_options.ts";

/** The status of a namespace of a relay. */
export interface RelayedNamespace {
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
  /** The state of its document, in a word, like the `status.state` of a client. */
  readonly state: ClientState;
  /** Whether the document is streamed or polled now. */
  readonly mode: FetchMode;
  /** The digest of the document; absent while there is none. */
  readonly digest?: string;
  /** Seconds since the document was last known to be current; absent when it never was. */
  readonly ageSeconds?: number;
  /** How many documents replaced another one, or were the first. */
  readonly changes: number;
  /** How many fetches and streams failed. */
  readonly errors: number;
  /** How many fetches were made, besides the streams. */
  readonly fetches: number;
  /** How many fetches failed since the last success. */
  readonly consecutiveFailures: number;
  /** The last failure; absent while there is none. */
  readonly lastError?: string;
}

/** The role of a relay in Redis; `none` without Redis. */
export type RelayRole = "leader" | "follower" | "none";

/** The status of a relay. */
export interface RelayStatus {
  /** Whether it has a document that it may serve, for every namespace. */
  readonly ok: boolean;
  /** Whether it is the one that writes to Redis. */
  readonly role: RelayRole;
  /** Its namespaces. */
  readonly namespaces: readonly RelayedNamespace[];
}

/** What is counted beside the namespaces. */
export interface RelayCounts {
  /** The open streams of clients; `undefined` when nothing is served. */
  readonly openStreams: number | undefined;
  /** The streams that clients opened. */
  readonly streams: number;
  /** The snapshots that clients asked for, by the status of the response. */
  readonly snapshots: ReadonlyMap<number, number>;
  /** Further counters, by the end of their names. */
  readonly redis: Readonly<Record<string, number>>;
}

/** Returns the status as the response to a probe. */
export function healthAnswer(status: RelayStatus): PlainAnswer {
  return {
    status: status.ok ? 200 : 503,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: `${JSON.stringify(status)}\n`,
  };
}

/** Returns the metrics as the response to a scrape. */
export function metricsAnswer(status: RelayStatus, counts: RelayCounts): PlainAnswer {
  return { headers: { "content-type": CONTENT_TYPE }, body: metricsText(status, counts) };
}

/** Returns the metrics in the text format of Prometheus. */
export function metricsText({ ok, role, namespaces }: RelayStatus, counts: RelayCounts): string {
  const one = (value: number | undefined): Sample[] => value === undefined ? [] : [{ labels: {}, value }];
  const each = (valueOf: (namespace: RelayedNamespace) => number | undefined): Sample[] =>
    namespaces.flatMap((namespace) => {
      const value = valueOf(namespace);
      const labels = { environment: namespace.environment, namespace: namespace.namespace };
      return value === undefined ? [] : [{ labels, value }];
    });
  const metrics: Metric[] = [
    gauge("ok", "Whether there is a document of every namespace that may be passed on.", one(Number(ok))),
    gauge("role", "The role towards Redis.", [{ labels: { role }, value: 1 }]),
    gauge(
      "document_age_seconds",
      "Seconds since a document was last known to be current.",
      each(({ ageSeconds }) => ageSeconds),
    ),
    gauge(
      "document_info",
      "The digest of each document.",
      namespaces.flatMap(({ environment, namespace, digest }) =>
        digest === undefined ? [] : [{ labels: { environment, namespace, digest }, value: 1 }]
      ),
    ),
    counter("changes_total", "Documents that replaced another one.", each(({ changes }) => changes)),
    counter("errors_total", "Fetches and streams that failed.", each(({ errors }) => errors)),
    counter("fetches_total", "Fetches from the server.", each(({ fetches }) => fetches)),
    gauge("client_streams", "Open streams of clients.", one(counts.openStreams)),
    counter(
      "client_streams_total",
      "Streams that clients opened.",
      counts.openStreams === undefined ? [] : one(counts.streams),
    ),
    counter(
      "client_snapshots_total",
      "Snapshots that clients requested.",
      [...counts.snapshots].map(([code, value]) => ({ labels: { code: String(code) }, value })),
    ),
    ...Object.entries(counts.redis).map(([name, value]) =>
      counter(`redis_${name}_total`, `Redis: ${name.replaceAll("_", " ")}.`, one(value))
    ),
  ];
  return exposition(metrics, {});
}

function gauge(name: string, help: string, samples: Iterable<Sample>): Metric {
  return { name: `flipt_relay_${name}`, help, type: "gauge", samples };
}

function counter(name: string, help: string, samples: Iterable<Sample>): Metric {
  return { name: `flipt_relay_${name}`, help, type: "counter", samples };
}
