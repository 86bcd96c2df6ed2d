// W12: what hooks and telemetry add to an evaluation. Each part is a process of its own, so that the call of the hook
// is monomorphic, as in an application.

import { context, type Span, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { fliptTelemetry } from "../../otel/mod.ts";
import type { Hook } from "../../src/evaluation/hooks.ts";
import type { Figure } from "../figures.ts";
import { entityIds, LAST_RULE_VARIANTS, matchingContext, rulesFlag } from "../flags.ts";
import { documentJson } from "../flipt_document.ts";
import { type Candidate, timeInTurns } from "../measure.ts";
import { PARTS } from "../parts.ts";
import { fetcherOfText } from "../subjects/fetcher.ts";
import { clientModule } from "../subjects/flipt.ts";
import type { Workload } from "./workload.ts";

/** Hooks work the same with each engine: the first available one is measured. */
const ENGINES = ["native", "portable"] as const;
const FLAG_KEY = "checkout-flow";
const CALL = "target.evaluateVariant(request)";

/** A hook to measure, and the active span. */
interface Hooked {
  readonly hook: Partial<Hook>;
  readonly span?: Span;
}

const HOOKED: Readonly<Record<string, () => Hooked>> = {
  [PARTS.emptyHook]: () => ({ hook: { before: () => {}, after: () => {} } }),
  [PARTS.telemetryAlone]: () => ({ hook: fliptTelemetry().hook }),
  [PARTS.telemetryMetrics]: () => ({ hook: measured() }),
  [PARTS.telemetrySpan]: () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    return { hook: measured(), span: new BasicTracerProvider().getTracer("bench").startSpan("request") };
  },
};

function measured(): Partial<Hook> {
  return fliptTelemetry({ meter: new MeterProvider().getMeter("bench") }).hook;
}

async function candidate(
  engine: (typeof ENGINES)[number],
  part: string,
  hooks: readonly Partial<Hook>[],
): Promise<Candidate & { readonly close: () => void }> {
  const { FliptClient } = await clientModule(engine);
  const fetcher = fetcherOfText(documentJson([rulesFlag(FLAG_KEY)]));
  const client = await FliptClient.init({ updateInterval: 0, fetcher, engine, hooks });
  const requests = entityIds().map((entityId) => ({
    flagKey: FLAG_KEY,
    entityId,
    context: matchingContext(),
  }));
  for (const request of requests) {
    const { variantKey } = client.evaluateVariant(request);
    if (!LAST_RULE_VARIANTS.includes(variantKey)) {
      throw new Error(`${engine} (${part}) answers ${variantKey}`);
    }
  }
  return {
    name: part,
    opened: { target: client, call: CALL },
    requests,
    close: () => client.close(),
  };
}

/** The workload. */
export const telemetry: Workload = {
  name: "W12",
  title: "hooks: a variant flag of 3 rules, with nothing, a hook or the telemetry around it",
  tasks: () => Object.keys(HOOKED).map((part) => ({ part })),
  async measure({ effort, subjects, task }): Promise<readonly Figure[]> {
    const part = task?.part ?? PARTS.emptyHook;
    const make = HOOKED[part];
    if (make === undefined) throw new Error(`there is no part ${part}`);
    const { hook, span } = make();
    const engine = ENGINES.find((each) => subjects.includes(each)) ?? "portable";
    const candidates = [await candidate(engine, PARTS.noHook, []), await candidate(engine, part, [hook])];
    const active = span === undefined ? context.active() : trace.setSpan(context.active(), span);
    const timings = await context.with(active, () => timeInTurns(candidates, effort));
    for (const { close } of candidates) close();
    const [baseline] = timings;
    return timings.map(({ name, median: value, lower, upper }): Figure => {
      const figure = {
        workload: "W12",
        part: name,
        subject: engine,
        unit: "ns",
        value,
        lower,
        upper,
      } as const;
      if (baseline === undefined || name === PARTS.noHook) return figure;
      // Compared with the baseline of the same process only.
      return { ...figure, note: `${part}: ${(value / baseline.median).toFixed(2)} times no hook beside it` };
    });
  },
};
