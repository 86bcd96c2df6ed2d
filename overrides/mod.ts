/**
 * Overrides for one request: signed, so that a tester can send them in a cookie or a header, and nobody else can create
 * any. For a whole client, use the option `overrides`.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { overrideFlags, signedOverrides, signOverrides } from "@flipt-ffi/client/overrides";
 *
 * using client = await FliptClient.init({
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: false }],
 *   }),
 * });
 * const secret = "a secret of at least 32 characters";
 * const token = await signOverrides({ "dark-mode": true }, { secret });
 *
 * const overridesOf = signedOverrides({ secret });
 * const overrides = await overridesOf({ headers: { cookie: `flipt-overrides=${token}` } });
 * using flags = client.for("user-1", {}, overrides && overrideFlags(overrides));
 * console.assert(flags.isEnabled("dark-mode"));
 * console.assert(flags.used()["dark-mode"]?.reason === "OVERRIDE_EVALUATION_REASON");
 * ```
 *
 * @module
 */

export { overrideFlags } from "./scope_overrides.ts";
export { signedOverrides, signOverrides } from "./signed.ts";
export { parseOverrides } from "../src/evaluation/override_text.ts";
export { isOverridden } from "../src/evaluation/overrides.ts";
export type {
  OverridesReader,
  RequestWithHeaders,
  SignedOverridesOptions,
  SignOverridesOptions,
} from "./signed.ts";
export type {
  FlagOverride,
  FlagOverrides,
  OverrideRequest,
  OverrideValues,
  ScopeOverrides,
  VariantOverride,
} from "../src/evaluation/overrides.ts";
