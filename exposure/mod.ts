/**
 * Exposures: who saw which variant, for the analysis of an experiment. Each is sent once per entity, flag, answer and
 * flag state, in batches, to your function.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { type Exposure, trackExposures } from "@flipt-ffi/client/exposure";
 *
 * const sent: Exposure[] = [];
 * await using exposures = trackExposures({ send: async (batch) => void sent.push(...batch) });
 * using client = await FliptClient.init({
 *   hooks: [exposures.hook],
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "banner", name: "", enabled: true, defaultVariant: { id: "1", key: "winter" } }],
 *   }),
 * });
 * client.evaluateVariant("banner", "user-1");
 * client.evaluateVariant("banner", "user-1");
 * await exposures.flush();
 * console.assert(sent.length === 1 && sent[0]?.entityId === "user-1" && sent[0].value === "winter");
 * ```
 *
 * @module
 */

export { trackExposures } from "./tracker.ts";
export type { Exposure, ExposureOptions, ExposureTracker } from "./tracker.ts";
