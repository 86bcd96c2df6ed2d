/**
 * The health of a client, for the probes of an orchestrator and for status pages.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { health, healthResponse } from "@flipt-ffi/client/health";
 *
 * using client = await FliptClient.init({
 *   fetcher: async () => Response.json({ namespace: { key: "default" }, flags: [] }),
 * });
 * console.assert(health(client).ok);
 * console.assert(healthResponse(client).status === 200);
 * ```
 *
 * @module
 */

export { health, healthResponse } from "./health.ts";
export type { Health, HealthClient, HealthOptions } from "./health.ts";
export type { ClientState, ClientStatus } from "../src/state/client_status.ts";
