// Counts evaluations and fetches, and writes them as Prometheus reads them.

import type { FliptClient } from "../src/client.ts";
import { methodsProblem, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { checkArgument } from "../core/argument_checks.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import type { EvaluationHook, HookAnswer } from "../src/evaluation/hooks.ts";
import { FetchCounts } from "../src/metrics/fetch_counts.ts";
import { checkLimit, defaultTypeOf, errorTypeOf, Tally } from "../src/metrics/tally.ts";
import { CONTENT_TYPE, exposition, type Labels, type Metric, type Sample } from "./exposition.ts";
import { checkLabels, placeLabels } from "./labels.ts";

/** Options of `fliptMetrics`. */
export interface FliptMetricsOptions {
  /** The namespace, for the labels of Flipt's own series. @default "default" */
  readonly namespace?: string;
  /** The environment, for the labels of Flipt's own series. @default "default" */
  readonly environment?: string;
  /** Labels of every sample, such as `{ service: "shop" }`; none that a metric has itself. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** The number of flags that are counted separately. All others are counted as `other`. @default 1000 */
  readonly maxFlags?: number;
  /** The number of variants per flag that are counted separately. All others are counted as `other`. @default 50 */
  readonly maxVariants?: number;
  /**
   * Whether evaluations are also counted in the series that Flipt's servers have, with their labels:
   * `flipt_evaluations_requests_total` and `flipt_evaluations_results_total`.
   * @default true
   */
  readonly serverSeries?: boolean;
}

/** The metrics of one client. */
export interface FliptMetrics {
  /** The hook for the `hooks` option of the client. */
  readonly hook: Partial<EvaluationHook>;
  /**
   * Also counts the fetches of a client, and measures its flag state. Replaces a client that was observed before.
   *
   * @returns a function that ends the observation.
   */
  observe(client: FliptClient): () => void;
  /** Returns the metrics as they are now, in the text format of Prometheus. */
  text(): string;
  /** Returns them as the response to a scrape. */
  response(): Response;
}

/**
 * Creates the metrics of a client.
 *
 * @throws {ValidationError} when an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fliptMetrics } from "@flipt-ffi/client/prometheus";
 *
 * const metrics = fliptMetrics({ namespace: "shop" });
 * const client = await FliptClient.init({ url: "https://flipt.example.com", namespace: "shop", hooks: [metrics.hook] });
 * metrics.observe(client);
 * Deno.serve((request) => new URL(request.url).pathname === "/metrics" ? metrics.response() : new Response("shop"));
 * ```
 */
export function fliptMetrics(options: FliptMetricsOptions = {}): FliptMetrics {
  checkOptions(options);
  const { namespace = "default", environment = "default", labels = {}, serverSeries = true } = options;
  const evaluations = new Tally(options);
  const errors = new Tally(options);
  const defaults = new Tally(options);
  const fetches = new FetchCounts();
  let observed: { readonly client: FliptClient; stop(): void } | undefined;
  const metrics = (): Metric[] => [
    ...clientMetrics({ evaluations, errors, defaults, fetches }, observed?.client),
    ...(serverSeries ? serverMetrics(evaluations, placeLabels(namespace, environment)) : []),
  ];
  const text = (): string => exposition(metrics(), labels);
  return {
    hook: {
      after: (answer) => evaluations.add(answer, reasonOf(answer)),
      error: ({ flagKey, error }) => errors.add({ flagKey, flagType: "", value: "" }, errorTypeOf(error)),
    },
    observe(client): () => void {
      checkArgument("client of observe()", methodsProblem(client, "a client", "on"));
      observed?.stop();
      const stops = [
        client.on("update", () => fetches.updated()),
        client.on(
          "default",
          (event) => defaults.add({ flagKey: event.flagKey, flagType: "", value: "" }, defaultTypeOf(event)),
        ),
        client.on("error", (error) => fetches.failed(error)),
      ];
      const current = {
        client,
        stop: () => {
          for (const stop of stops) stop();
          if (observed === current) observed = undefined;
        },
      };
      observed = current;
      return () => current.stop();
    },
    text,
    response: () => new Response(text(), { headers: { "content-type": CONTENT_TYPE } }),
  };
}

const OPTIONS: OptionNames<FliptMetricsOptions> = {
  namespace: true,
  environment: true,
  labels: true,
  maxFlags: true,
  maxVariants: true,
  serverSeries: true,
};

function checkOptions(options: FliptMetricsOptions): void {
  checkOptionNames("fliptMetrics()", options, OPTIONS);
  for (const name of ["namespace", "environment"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "string") {
      throw new ValidationError(`${name} ${mustBe("a string", value)}`);
    }
  }
  for (const name of ["maxFlags", "maxVariants"] as const) {
    if (options[name] !== undefined) checkLimit(name, options[name]);
  }
  const serverSeries: unknown = options.serverSeries;
  if (serverSeries !== undefined && typeof serverSeries !== "boolean") {
    throw new ValidationError(`serverSeries ${mustBe("true or false", serverSeries)}`);
  }
  if (options.labels !== undefined) {
    const place = placeLabels(options.namespace ?? "default", options.environment ?? "default");
    checkLabels(options.labels, serverSeries === false ? undefined : place);
  }
}

/** Returns Flipt's reason as a short word: `match`, `default`, `flag_disabled` or `unknown`; or `override`. */
function reasonOf({ reason, overridden }: HookAnswer): string {
  return overridden ? "override" : reason.replace(/_EVALUATION_REASON$/, "").toLowerCase();
}

/** What is counted. */
interface Counts {
  readonly evaluations: Tally;
  readonly errors: Tally;
  readonly defaults: Tally;
  readonly fetches: FetchCounts;
}

function clientMetrics(
  { evaluations, errors, defaults, fetches }: Counts,
  client: FliptClient | undefined,
): Metric[] {
  const status = client?.status;
  // A closed client does not get older: it would set off alerts in a process that lives on.
  const age = status?.state === "closed" ? undefined : status?.ageSeconds;
  const isReady = status?.state === "ready" || status?.state === "stale";
  return [
    {
      name: "flipt_client_evaluations_total",
      help: "Evaluations of feature flags that had an answer.",
      type: "counter",
      samples: samplesOf(evaluations, ({ flagKey, variant, reason }) => ({ flag: flagKey, variant, reason })),
    },
    {
      name: "flipt_client_evaluation_errors_total",
      help: "Evaluations of feature flags that had no answer.",
      type: "counter",
      samples: samplesOf(errors, ({ flagKey, reason }) => ({ flag: flagKey, error: reason })),
    },
    {
      name: "flipt_client_defaults_total",
      help: "Defaults returned in place of the answer of a feature flag.",
      type: "counter",
      samples: samplesOf(defaults, ({ flagKey, reason }) => ({ flag: flagKey, error: reason })),
    },
    {
      name: "flipt_client_fetches_total",
      help: "New flag states, and fetches that failed after their retries.",
      type: "counter",
      samples: Array.from(
        fetches.counts(),
        ({ outcome, error, count }) => ({ labels: { outcome, error }, value: count }),
      ),
    },
    {
      name: "flipt_client_ready",
      help: "Whether there is a flag state to evaluate.",
      type: "gauge",
      samples: status === undefined ? [] : [{ labels: {}, value: isReady ? 1 : 0 }],
    },
    {
      name: "flipt_client_state_age_seconds",
      help: "The time since the flag state was last known to be current.",
      type: "gauge",
      samples: age === undefined ? [] : [{ labels: {}, value: age }],
    },
  ];
}

/** The series of Flipt's servers. Version 1 and 2 name their labels differently: both are there. */
function serverMetrics(evaluations: Tally, place: Labels): Metric[] {
  const requests = new Map<string, number>();
  for (const { flagKey, count } of evaluations.counts()) {
    requests.set(flagKey, (requests.get(flagKey) ?? 0) + count);
  }
  return [
    {
      name: "flipt_evaluations_requests_total",
      help: "Evaluations in the process of the client, as Flipt's servers count their own.",
      type: "counter",
      samples: Array.from(requests, ([flagKey, value]) => ({
        labels: { ...place, flipt_flag: flagKey, flag: flagKey },
        value,
      })),
    },
    {
      name: "flipt_evaluations_results_total",
      help: "Answers in the process of the client, as Flipt's servers count their own.",
      type: "counter",
      samples: samplesOf(evaluations, ({ flagKey, flagType, variant, reason }) => ({
        ...place,
        flipt_flag: flagKey,
        flag: flagKey,
        flipt_flag_type: flagType,
        flipt_value: variant,
        value: variant,
        flipt_reason: reason,
        reason,
      })),
    },
  ];
}

function samplesOf(
  tally: Tally,
  labels: (
    count: ReturnType<Tally["counts"]> extends Iterable<infer Count> ? Count : never,
  ) => Sample["labels"],
): Sample[] {
  return Array.from(tally.counts(), (count) => ({ labels: labels(count), value: count.count }));
}
