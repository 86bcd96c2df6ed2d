/**
 * Metrics of evaluations and of the flag state in the text format of Prometheus, without a dependency.
 *
 * | metric | type | labels |
 * | --- | --- | --- |
 * | `flipt_client_evaluations_total` | counter | `flag`, `variant`, `reason` |
 * | `flipt_client_evaluation_errors_total` | counter | `flag`, `error` |
 * | `flipt_client_defaults_total` | counter | `flag`, `error` |
 * | `flipt_client_fetches_total` | counter | `outcome` (`updated` or `failed`), `error` |
 * | `flipt_client_ready` | gauge | |
 * | `flipt_client_state_age_seconds` | gauge | |
 * | `flipt_evaluations_requests_total`, `flipt_evaluations_results_total` | counter | those of Flipt's servers |
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fliptMetrics } from "@flipt-ffi/client/prometheus";
 *
 * const metrics = fliptMetrics({ labels: { service: "shop" } });
 * using client = await FliptClient.init({
 *   hooks: [metrics.hook],
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * metrics.observe(client);
 * client.evaluateBoolean("dark-mode", "user-1");
 * console.assert(metrics.text().includes(
 *   'flipt_client_evaluations_total{service="shop",flag="dark-mode",variant="true",reason="default"} 1\n',
 * ));
 * ```
 *
 * @module
 */

export { fliptMetrics } from "./metrics.ts";
export type { FliptMetrics, FliptMetricsOptions } from "./metrics.ts";
