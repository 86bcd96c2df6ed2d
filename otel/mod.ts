/**
 * Telemetry for evaluations and the flag state, with npm's `@opentelemetry/api`. Nothing is recorded until an
 * OpenTelemetry SDK is registered.
 *
 * Each evaluation adds an event `feature_flag.evaluation` to the active span, if it is recording, with the attributes
 * of OpenTelemetry's semantic conventions: `feature_flag.key`, `feature_flag.result.variant`,
 * `feature_flag.result.reason`, `feature_flag.provider.name` and, if known, `feature_flag.set.id`,
 * `feature_flag.version` and `feature_flag.context.id`. One without an answer has the reason `error`, `error.type` and
 * `error.message`.
 *
 * | metric | value | attributes |
 * | --- | --- | --- |
 * | `flipt.evaluations` | successful evaluations | `feature_flag.key`, `feature_flag.result.variant`, `feature_flag.result.reason` |
 * | `flipt.evaluation.errors` | evaluations that had no answer | `feature_flag.key`, `error.type` |
 * | `flipt.defaults` | defaults returned in place of an answer, of an observed client | `feature_flag.key`, `error.type` |
 * | `flipt.fetches` | new flag states, and fetches that failed after their retries | `flipt.fetch.outcome` (`updated` or `failed`), `error.type` |
 * | `flipt.state.age` | seconds since the flag state was last known to be current | |
 *
 * With the option `flagSetId`, all of them also have the attribute `feature_flag.set.id`.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fliptTelemetry } from "@flipt-ffi/client/otel";
 *
 * const telemetry = fliptTelemetry({ flagSetId: "default" });
 * using client = await FliptClient.init({
 *   hooks: [telemetry.hook],
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * const stop = telemetry.observe(client);
 * console.assert(client.evaluateBoolean("dark-mode", "user-1").enabled);
 * stop();
 * telemetry.close();
 * ```
 *
 * @module
 */

export { fliptTelemetry } from "./telemetry.ts";
export type { ContextId, FliptTelemetry, FliptTelemetryOptions } from "./telemetry.ts";
export type { Observable, ObservableCallback, ObservableMeter, ObservableResult } from "./meter.ts";
