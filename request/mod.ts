/**
 * The flags of the request that is being served, without passing them from function to function.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { flags, withFlags } from "@flipt-ffi/client/request";
 *
 * using client = FliptClient.create({
 *   fetcher: async () => Response.json({ namespace: { key: "default" }, flags: [] }),
 * });
 *
 * function greeting(): string {
 *   return flags().isEnabled("new-greeting", true) ? "Hello!" : "Good day.";
 * }
 *
 * using scope = client.for("user-1", { country: "NL" });
 * console.assert(withFlags(scope, greeting) === "Hello!");
 * ```
 *
 * @module
 */

export { flags, withFlags } from "./current_flags.ts";
export type { Scope } from "../src/evaluation/scope.ts";
