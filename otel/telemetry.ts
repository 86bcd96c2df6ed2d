// Records evaluations as events of the active span and as metrics.

import type { Attributes as SpanAttributes, MeterProvider } from "@opentelemetry/api";
import { diag, metrics, trace } from "@opentelemetry/api";
import { booleanReason, variantReason } from "../src/evaluation/answer_reason.ts";
import type { FliptClient } from "../src/client.ts";
import { errorText } from "../core/errors.ts";
import { methodsProblem, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { checkArgument } from "../core/argument_checks.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import type {
  EvaluationHook,
  HookAfterData,
  HookAnswer,
  HookFailure,
  HookRequest,
} from "../src/evaluation/hooks.ts";
import { FetchCounts } from "../src/metrics/fetch_counts.ts";
import { errorTypeOf, Tally } from "../src/metrics/tally.ts";
import { version } from "../core/version.ts";
import type { Attributes, Measurements, ObservableMeter, ObservableResult } from "./meter.ts";
import { instrument } from "./meter.ts";
import { ClientObserver } from "./client_observer.ts";

/** Options of `fliptTelemetry`. */
export interface FliptTelemetryOptions {
  /** The meter for metrics. @default the meter "@flipt-ffi/client" of the registered provider */
  readonly meter?: ObservableMeter;
  /** The number of flags that metrics distinguish. All others are counted as `other`. @default 1000 */
  readonly maxFlags?: number;
  /** The number of variants per flag that metrics distinguish. All others are counted as `other`. @default 50 */
  readonly maxVariants?: number;
  /**
   * Returns the attribute `feature_flag.context.id` of an event, which identifies whom a flag was evaluated for. Mind
   * that it can be personal data, and is exported with the spans. `false` omits it.
   * @default false
   */
  readonly contextId?: ContextId;
  /** The attribute `feature_flag.set.id` of events and metrics, such as the namespace. @default none */
  readonly flagSetId?: string;
}

/** Returns the attribute `feature_flag.context.id`, given the key of the flag and what was asked, or `false`. */
export type ContextId = false | ((flagKey: string, request: HookRequest) => string | undefined);

/** The telemetry of one client. */
export interface FliptTelemetry {
  /** The hook for the `hooks` option of the client. */
  readonly hook: Partial<EvaluationHook> & { after(data: HookAfterData): void };
  /**
   * Also records the fetches and the flag state of a client. Replaces a client that was observed before.
   *
   * @returns a function that ends the observation.
   */
  observe(client: FliptClient): () => void;
  /** Stops recording and collecting. Idempotent. */
  close(): void;
}

/**
 * Creates the telemetry of a client. Its errors never affect an evaluation.
 *
 * @returns the hook for the client, and methods to observe it.
 * @throws {ValidationError} when an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fliptTelemetry } from "@flipt-ffi/client/otel";
 *
 * const telemetry = fliptTelemetry({ flagSetId: "shop" });
 * const client = await FliptClient.init({
 *   url: "https://flipt.example.com",
 *   namespace: "shop",
 *   hooks: [telemetry.hook],
 * });
 * telemetry.observe(client);
 * ```
 */
export function fliptTelemetry(options: FliptTelemetryOptions = {}): FliptTelemetry {
  checkOptions(options);
  const { contextId = false, flagSetId, meter } = options;
  const common: Attributes = flagSetId === undefined ? {} : { "feature_flag.set.id": flagSetId };
  const recorder = new Recorder({
    tally: new Tally(options),
    failures: new Tally(options),
    defaults: new Tally(options),
    fetches: new FetchCounts(),
    common,
    contextId,
    meter,
  });
  return {
    hook: {
      after: (data: HookAfterData) => recorder.evaluated(data),
      error: (data) => recorder.failed(data),
    },
    observe: (client) => recorder.observe(client),
    close: () => recorder.close(),
  };
}

const OPTIONS: OptionNames<FliptTelemetryOptions> = {
  meter: true,
  maxFlags: true,
  maxVariants: true,
  contextId: true,
  flagSetId: true,
};

function checkOptions(options: FliptTelemetryOptions): void {
  checkOptionNames("fliptTelemetry()", options, OPTIONS);
  const { contextId = false, flagSetId, meter } = options;
  if (contextId !== false && typeof contextId !== "function") {
    throw new ValidationError(`contextId ${mustBe("false or a function that returns the id", contextId)}`);
  }
  if (flagSetId !== undefined && typeof flagSetId !== "string") {
    throw new ValidationError(`flagSetId ${mustBe("a string", flagSetId)}`);
  }
  if (meter !== undefined && typeof Object(meter).createObservableCounter !== "function") {
    throw new ValidationError(`meter ${mustBe('a meter, such as provider.getMeter("shop")', meter)}`);
  }
}

interface RecorderParts {
  readonly tally: Tally;
  readonly failures: Tally;
  readonly defaults: Tally;
  readonly fetches: FetchCounts;
  readonly common: Attributes;
  readonly contextId: ContextId;
  readonly meter: ObservableMeter | undefined;
}

class Recorder implements Measurements {
  readonly #tally: Tally;
  readonly #failures: Tally;
  readonly #defaults: Tally;
  readonly #fetches: FetchCounts;
  readonly #common: Attributes;
  readonly #contextId: RecorderParts["contextId"];
  readonly #meter: ObservableMeter | undefined;
  #provider: MeterProvider | undefined;
  #stopCollecting: (() => void) | undefined;
  #observer: ClientObserver | undefined;
  #isClosed = false;
  #isReported = false;

  constructor({ tally, failures, defaults, fetches, common, contextId, meter }: RecorderParts) {
    this.#tally = tally;
    this.#failures = failures;
    this.#defaults = defaults;
    this.#fetches = fetches;
    this.#common = common;
    this.#contextId = contextId;
    this.#meter = meter;
    this.#guard(() => this.#connect());
  }

  /** Records a successful evaluation. */
  evaluated(data: HookAfterData): void {
    if (this.#isClosed) return;
    try {
      const reason = reasonOf(data);
      this.#tally.add(data, reason);
      this.#connect();
      this.#record(data, {
        "feature_flag.result.reason": reason,
        ...(data.value === "" ? {} : { "feature_flag.result.variant": data.value }),
      });
    } catch (error) {
      this.#report(error);
    }
  }

  /** Records an evaluation without an answer. */
  failed(data: HookFailure): void {
    if (this.#isClosed) return;
    this.#guard(() => {
      const { flagKey, error } = data;
      const errorType = errorTypeOf(error);
      this.#failures.add({ flagKey, flagType: "", value: "" }, errorType);
      this.#connect();
      this.#record(data, {
        "feature_flag.result.reason": "error",
        "error.type": errorType,
        "error.message": errorText(error),
      });
    });
  }

  observe(client: FliptClient): () => void {
    checkArgument("client of observe()", methodsProblem(client, "a client", "on"));
    this.#observer?.stop();
    if (this.#isClosed) return () => {};
    const observer = new ClientObserver(
      client,
      this.#fetches,
      this.#defaults,
      () => this.#guard(() => this.#connect()),
    );
    this.#observer = observer;
    this.#guard(() => this.#connect());
    return () => {
      observer.stop();
      if (this.#observer === observer) this.#observer = undefined;
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#observer?.stop();
    this.#observer = undefined;
    const stop = this.#stopCollecting;
    this.#stopCollecting = undefined;
    if (stop !== undefined) this.#guard(stop);
  }

  evaluations(result: ObservableResult): void {
    for (const { flagKey, variant, reason, count } of this.#tally.counts()) {
      result.observe(count, {
        ...this.#common,
        "feature_flag.key": flagKey,
        ...(variant === "" ? {} : { "feature_flag.result.variant": variant }),
        "feature_flag.result.reason": reason,
      });
    }
  }

  failures(result: ObservableResult): void {
    for (const { flagKey, reason, count } of this.#failures.counts()) {
      result.observe(count, { ...this.#common, "feature_flag.key": flagKey, "error.type": reason });
    }
  }

  defaults(result: ObservableResult): void {
    for (const { flagKey, reason, count } of this.#defaults.counts()) {
      result.observe(count, {
        ...this.#common,
        "feature_flag.key": flagKey,
        ...(reason === "" ? {} : { "error.type": reason }),
      });
    }
  }

  fetches(result: ObservableResult): void {
    for (const { outcome, error, count } of this.#fetches.counts()) {
      result.observe(count, {
        ...this.#common,
        "flipt.fetch.outcome": outcome,
        ...(error === undefined ? {} : { "error.type": error }),
      });
    }
  }

  age(result: ObservableResult): void {
    const age = this.#observer?.age;
    if (age !== undefined) result.observe(age, this.#common);
  }

  /** Creates the instruments, and again when another provider is registered: the API does not move existing ones. */
  #connect(): void {
    if (this.#meter !== undefined) {
      this.#stopCollecting ??= instrument(this.#meter, this);
      return;
    }
    const provider = metrics.getMeterProvider();
    if (provider === this.#provider) return;
    this.#provider = provider;
    this.#stopCollecting?.();
    this.#stopCollecting = instrument(provider.getMeter("@flipt-ffi/client", version), this);
  }

  #record(data: HookAfterData | HookFailure, result: SpanAttributes): void {
    const span = trace.getActiveSpan();
    if (span === undefined || !span.isRecording()) return;
    const attributes: SpanAttributes = {
      ...this.#common,
      "feature_flag.key": data.flagKey,
      "feature_flag.provider.name": "flipt",
      ...result,
    };
    const digest = (data as Partial<HookAnswer>).digest;
    if (digest !== undefined) attributes["feature_flag.version"] = digest;
    const id = this.#idFor(data as HookRequest);
    if (id !== undefined) attributes["feature_flag.context.id"] = id;
    span.addEvent("feature_flag.evaluation", attributes);
  }

  #idFor(request: HookRequest): string | undefined {
    const contextId = this.#contextId;
    return contextId === false ? undefined : this.#guard(() => contextId(request.flagKey, request));
  }

  /** Calls `work` and reports its error. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** Reports the first error to OpenTelemetry's diagnostics. */
  #report(error: unknown): void {
    if (this.#isReported) return;
    this.#isReported = true;
    diag.error(
      "flipt: telemetry failed; evaluations are not affected (further errors are not reported):",
      error,
    );
  }
}

/** Returns the reason as the semantic conventions spell it: OpenFeature's in lower case. */
function reasonOf(data: HookAfterData): string {
  const { flagType, reason, segmentKeys } = data;
  if ((data as Partial<HookAnswer>).overridden) return REASONS.STATIC;
  const answerReason = flagType === "boolean"
    ? booleanReason({ reason, segmentKeys })
    : variantReason(reason);
  return REASONS[answerReason];
}

const REASONS = {
  TARGETING_MATCH: "targeting_match",
  SPLIT: "split",
  DEFAULT: "default",
  DISABLED: "disabled",
  STATIC: "static",
} as const;
