// Records what a client does: events on the active span, and the numbers that meters collect.

import type { Attributes as SpanAttributes, MeterProvider } from "@opentelemetry/api";
import { diag, metrics, trace } from "@opentelemetry/api";
import { booleanReason, variantReason } from "../src/evaluation/answer_reason.ts";
import type { FliptClient } from "../src/client.ts";
import { describe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { Hook, HookAfterData } from "../src/evaluation/hooks.ts";
import { version } from "../core/version.ts";
import type { Attributes, Measurements, ObservableMeter, ObservableResult } from "./meter.ts";
import { instrument } from "./meter.ts";
import { Tally } from "./tally.ts";
import { Fetches, Watch } from "./watch.ts";

/** What a telemetry can be told. */
export interface FliptTelemetryOptions {
  /** Where metrics go. @default the meter "@flipt-ffi/client" of the provider that is registered */
  readonly meter?: ObservableMeter;
  /** How many flags metrics tell apart; all others are counted as `other`. @default 1000 */
  readonly maxFlags?: number;
  /** How many variants of a flag metrics tell apart; all others are counted as `other`. @default 50 */
  readonly maxVariants?: number;
  /**
   * Returns `feature_flag.context.id` of events, where there is one: who the flag was evaluated for, in a form that may go
   * where the spans go. It can be personal data.
   * @default false
   */
  readonly contextId?: false | ((flagKey: string) => string | undefined);
  /** `feature_flag.set.id` of events and metrics: the namespace, say, where there are several. @default none */
  readonly flagSetId?: string;
}

/** The telemetry of one client. */
export interface FliptTelemetry {
  /** Goes into the option `hooks` of the client. */
  readonly hook: Hook;
  /**
   * Records the fetches and the flag state of the client, too; the one that was observed before is not any more.
   *
   * @returns what ends that.
   */
  observe(client: FliptClient): () => void;
  /** Ends everything: nothing is recorded or collected any more. Safe to call twice. */
  close(): void;
}

/**
 * Makes the telemetry of a client. What goes wrong in it never reaches an evaluation.
 *
 * @returns its hook, and what else to do with the client.
 * @throws {ValidationError} when an option is not usable.
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
  const { maxFlags = 1000, maxVariants = 50, contextId = false, flagSetId, meter } = options;
  checkLimit("maxFlags", maxFlags);
  checkLimit("maxVariants", maxVariants);
  if (contextId !== false && typeof contextId !== "function") {
    throw new ValidationError(
      `contextId must be false or a function that gives the id, but is ${describe(contextId)}`,
    );
  }
  const common: Attributes = flagSetId === undefined ? {} : { "feature_flag.set.id": flagSetId };
  const recorder = new Recorder({
    tally: new Tally(maxFlags, maxVariants, common),
    fetches: new Fetches(common),
    common,
    contextId,
    meter,
  });
  return {
    hook: { after: (data) => recorder.evaluated(data) },
    observe: (client) => recorder.observe(client),
    close: () => recorder.close(),
  };
}

function checkLimit(name: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) >= 1) return;
  throw new ValidationError(`${name} must be a whole number from 1 on, but is ${describe(value)}`);
}

interface RecorderParts {
  readonly tally: Tally;
  readonly fetches: Fetches;
  readonly common: Attributes;
  readonly contextId: false | ((flagKey: string) => string | undefined);
  readonly meter: ObservableMeter | undefined;
}

class Recorder implements Measurements {
  readonly #tally: Tally;
  readonly #fetches: Fetches;
  readonly #common: Attributes;
  readonly #contextId: RecorderParts["contextId"];
  readonly #meter: ObservableMeter | undefined;
  #provider: MeterProvider | undefined;
  #stopCollecting: (() => void) | undefined;
  #watch: Watch | undefined;
  #isClosed = false;
  #isReported = false;

  constructor({ tally, fetches, common, contextId, meter }: RecorderParts) {
    this.#tally = tally;
    this.#fetches = fetches;
    this.#common = common;
    this.#contextId = contextId;
    this.#meter = meter;
    this.#guard(() => this.#connect());
  }

  /** One evaluation had an answer. */
  evaluated(data: HookAfterData): void {
    if (this.#isClosed) return;
    try {
      const reason = reasonOf(data);
      this.#tally.add(data.flagKey, data.value, reason);
      this.#connect();
      this.#record(data, reason);
    } catch (error) {
      this.#report(error);
    }
  }

  observe(client: FliptClient): () => void {
    this.#watch?.stop();
    if (this.#isClosed) return () => {};
    const watch = new Watch(client, this.#fetches, () => this.#guard(() => this.#connect()));
    this.#watch = watch;
    this.#guard(() => this.#connect());
    return () => {
      watch.stop();
      if (this.#watch === watch) this.#watch = undefined;
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#watch?.stop();
    this.#watch = undefined;
    const stop = this.#stopCollecting;
    this.#stopCollecting = undefined;
    if (stop !== undefined) this.#guard(stop);
  }

  evaluations(result: ObservableResult): void {
    this.#tally.observe(result);
  }

  fetches(result: ObservableResult): void {
    this.#fetches.observe(result);
  }

  age(result: ObservableResult): void {
    const age = this.#watch?.age;
    if (age !== undefined) result.observe(age, this.#common);
  }

  /** Makes the instruments, again where another provider was registered meanwhile: those of the API do not follow. */
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

  #record(data: HookAfterData, reason: string): void {
    const span = trace.getActiveSpan();
    if (span === undefined || !span.isRecording()) return;
    const { flagKey, value } = data;
    const attributes: SpanAttributes = {
      ...this.#common,
      "feature_flag.key": flagKey,
      "feature_flag.provider.name": "flipt",
      "feature_flag.result.reason": reason,
    };
    if (value !== "") attributes["feature_flag.result.variant"] = value;
    const digest = this.#watch?.version;
    if (digest !== undefined) attributes["feature_flag.version"] = digest;
    const id = this.#idFor(flagKey);
    if (id !== undefined) attributes["feature_flag.context.id"] = id;
    span.addEvent("feature_flag.evaluation", attributes);
  }

  #idFor(flagKey: string): string | undefined {
    const contextId = this.#contextId;
    return contextId === false ? undefined : this.#guard(() => contextId(flagKey));
  }

  /** Telemetry that fails is told to whoever listens to OpenTelemetry's own diagnostics, once. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    if (this.#isReported) return;
    this.#isReported = true;
    diag.error("flipt: telemetry failed; evaluations go on (further failures are not reported):", error);
  }
}

/** The reason in the words of the semantic conventions, which are OpenFeature's in lower case. */
function reasonOf({ flagType, reason, segmentKeys }: HookAfterData): string {
  const words = flagType === "boolean" ? booleanReason({ reason, segmentKeys }) : variantReason(reason);
  return reasons[words];
}

const reasons = {
  TARGETING_MATCH: "targeting_match",
  SPLIT: "split",
  DEFAULT: "default",
  DISABLED: "disabled",
} as const;
