// What tests of the telemetry share: OpenTelemetry's own SDKs, which keep what they get.

import type { Span } from "@opentelemetry/api";
import type { DataPoint } from "@opentelemetry/sdk-metrics";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { ClientOptions, FliptClient } from "../../mod.ts";
import type { FliptTelemetryOptions } from "../../otel/mod.ts";
import { fliptTelemetry } from "../../otel/mod.ts";
import { shopDocument, testClient } from "./runtime.ts";

/** A client of the shop's flags. */
export async function shop(options: ClientOptions): Promise<FliptClient> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  return (await testClient({ namespace: "shop", updateInterval: 0, fetcher, ...options })).client;
}

/** The spans of a test file. Its methods can be taken off it. */
export class SpanRecorder {
  /** Where they go. */
  readonly spans: InMemorySpanExporter = new InMemorySpanExporter();
  readonly #tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.spans)] });
  readonly #tracer = this.#tracing.getTracer("test");

  /** What a span has of the events that `work` makes on it. */
  readonly eventsOf = (
    work: (span: Span) => void,
  ): { name: string; attributes: Record<string, unknown> }[] => {
    this.#tracer.startActiveSpan("work", (span) => {
      work(span);
      span.end();
    });
    const [span] = this.spans.getFinishedSpans();
    return (span?.events ?? []).map(({ name, attributes }) => ({ name, attributes: { ...attributes } }));
  };

  /** Ends it. */
  shutdown(): Promise<void> {
    return this.#tracing.shutdown();
  }
}

/** A meter provider whose numbers the test collects itself. */
export class Collector {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: 2 ** 30,
  });
  /** The provider. */
  readonly provider: MeterProvider = new MeterProvider({ readers: [this.#reader] });

  /** The points of a metric, each as its number and attributes. */
  async points(name: string): Promise<[unknown, Record<string, unknown>][]> {
    this.#exporter.reset();
    await this.#reader.forceFlush();
    const all = this.#exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const metric = all.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name);
    const points = (metric?.dataPoints ?? []) as DataPoint<number>[];
    return points.map(({ value, attributes }) => [value, { ...attributes }]);
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.provider.shutdown();
  }
}

/** A collector, and telemetry that it collects. */
export function collected(
  options: FliptTelemetryOptions = {},
): { readonly collector: Collector; readonly telemetry: ReturnType<typeof fliptTelemetry> } {
  const collector = new Collector();
  return { collector, telemetry: fliptTelemetry({ meter: collector.provider.getMeter("test"), ...options }) };
}
