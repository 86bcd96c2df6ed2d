/**
 * An OpenFeature provider for Flipt. It evaluates flags locally, with a {@link FliptClient}. Requires npm's
 * `@openfeature/server-sdk`.
 *
 * How the types of OpenFeature map to flags:
 *
 * | type | flag | value |
 * | --- | --- | --- |
 * | boolean | boolean | whether it is enabled for the entity |
 * | string | variant | the variant's key |
 * | number | variant | the variant's key, which must be a number as JSON writes it |
 * | object | variant | the variant's attachment, which must be a JSON object or array |
 *
 * A flag of the other type, or a variant without such a value, is a `TYPE_MISMATCH`. When no variant applies, or a
 * variant flag is disabled, the value is the caller's default.
 *
 * | reason | when |
 * | --- | --- |
 * | `TARGETING_MATCH` | a rule or a segment rollout matched |
 * | `SPLIT` | a percentage rollout of a boolean flag matched |
 * | `DEFAULT` | nothing matched: the value is the flag's default variant or state, or the caller's default |
 * | `DISABLED` | the flag is disabled: a boolean flag is `false`, a variant flag has the caller's default |
 * | `STATIC` | an override of the client answered in the place of the flag |
 * | `STALE` | the client's status is `stale`; `flagMetadata.reason` has one of the above |
 *
 * @example
 * ```ts
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { FliptProvider } from "@flipt-ffi/client/openfeature";
 *
 * await OpenFeature.setProviderAndWait(
 *   new FliptProvider({
 *     fetcher: async () => Response.json({
 *       namespace: { key: "default" },
 *       flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *     }),
 *   }),
 * );
 * const flags = OpenFeature.getClient();
 * console.assert(await flags.getBooleanValue("dark-mode", false, { targetingKey: "user-1" }));
 * await OpenFeature.close();
 * ```
 *
 * @module
 */

export { FliptProvider } from "./provider.ts";
export type {
  EventDetails,
  EventHandler,
  ProviderEventSource,
  Resolution,
  ResolutionContext,
} from "./types.ts";
