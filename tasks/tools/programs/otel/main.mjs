// A client that the first request makes: its evaluations are events of the span that they are in, and what it does in the
// background is in no request's context.
import { FliptClient } from "@flipt-ffi/client";
import { fliptTelemetry } from "@flipt-ffi/client/otel";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { AsyncLocalStorage } from "node:async_hooks";
import { answersOf, change, namespace, report, same, url } from "./flags.mjs";

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const tracer = trace.getTracer("the program");
const requests = new AsyncLocalStorage();
const alive = setInterval(() => {}, 1000);

const telemetry = fliptTelemetry();
const checks = {};
let client;
let updated;
let polledIn;
await requests.run({ request: 1 }, () =>
  tracer.startActiveSpan("request 1", async (span) => {
    client = await FliptClient.init({
      url,
      namespace,
      updateInterval: 0.1,
      hooks: [telemetry.hook],
      fetcher: ({ etag }) => {
        polledIn = requests.getStore();
        const path = `/internal/v1/evaluation/snapshot/namespace/${namespace}`;
        return fetch(url + path, { headers: etag === undefined ? {} : { "if-none-match": etag } });
      },
    });
    updated = new Promise((resolve) => {
      client.on("update", () => resolve({ span: trace.getActiveSpan(), store: requests.getStore() }));
    });
    const { boolean, variant } = answersOf(client);
    checks.boolean = same(boolean, true);
    checks.variant = same(variant, "winter");
    span.end();
  }));

await change();
const { span, store } = await updated;
checks.change = same(answersOf(client).variant, "summer");
checks["polls in no request"] = same(polledIn?.request, undefined);
checks["listeners in no request"] = same(store?.request, undefined);
checks["and in no span"] = same(span?.spanContext().spanId, undefined);
const [first] = exporter.getFinishedSpans();
checks["events on the span"] = same(first?.events.length, 2);
report(client, checks);
client.close();
clearInterval(alive);
