// Answers that stand in the place of a flag's own: what they are, and how one is told from an answer of the flag. What puts
// them in place is in overriding_state.ts, and is loaded where there are any.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationReason,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import type { AnyFlags, FlagKey, FlagTypes, VariantKey } from "./typed_flags.ts";

/** A variant that stands in the place of a flag's answer. */
export interface VariantOverride<Key extends string = string> {
  /** The key of the variant, which the flag need not have; `""` for none. */
  readonly variant: Key;
  /** Its attachment, as a value. @default that of the flag's variant with this key */
  readonly attachment?: unknown;
}

/** What stands in the place of a flag's answer: a boolean, or a variant by its key, with an attachment or without. */
export type FlagOverride = boolean | string | VariantOverride;

/** What a function is told that overrides flags. */
export interface OverrideRequest<Key extends string = string> {
  /** The key of the flag. */
  readonly flagKey: Key;
  /** The entity that the flag is evaluated for. */
  readonly entityId: string;
  /** The context of the call. */
  readonly context: EvaluationContext;
}

/** Overrides by the key of their flag. */
export type OverrideValues<Flags> = [keyof Flags] extends [never]
  ? Readonly<Record<string, FlagOverride | undefined>>
  : {
    readonly [Key in FlagKey<Flags>]?: Flags[Key & keyof Flags] extends { type: "boolean" } ? boolean
      : VariantKey<Flags, Key> | VariantOverride<VariantKey<Flags, Key>>;
  };

/**
 * Overrides by the key of their flag; or a function that is asked at each evaluation, and gives `undefined` where the flag
 * itself is to answer.
 */
export type FlagOverrides<Flags extends FlagTypes<Flags> = AnyFlags> =
  | OverrideValues<Flags>
  | ((request: OverrideRequest<FlagKey<Flags>>) => FlagOverride | undefined);

/** The overrides of one request: what `overrideFlags` of `@flipt-ffi/client/overrides` gives, for `client.for`. */
export interface ScopeOverrides {
  /** Puts the overrides before a flag state. For the scope to call. */
  before(state: unknown): unknown;
}

/** Why a flag answers so; `OVERRIDE_EVALUATION_REASON` where an override does in its place. */
export type AnsweredReason = EvaluationReason | "OVERRIDE_EVALUATION_REASON";

const overridden = /* @__PURE__ */ new WeakSet<object>();

/** Notes that an override gave this response. */
export function noteOverridden<Response extends object>(response: Response): Response {
  overridden.add(response);
  return response;
}

/**
 * Whether an override gave this response, which has a reason of Flipt's own.
 * @param response What `evaluateVariant` or `evaluateBoolean` returned, or an entry of a batch has in it; no copy of it.
 */
export function isOverridden(response: VariantEvaluationResponse | BooleanEvaluationResponse): boolean {
  return overridden.has(response);
}

/** Why a flag answers so, overrides included. */
export function answeredReason(
  response: VariantEvaluationResponse | BooleanEvaluationResponse,
): AnsweredReason {
  return overridden.has(response) ? "OVERRIDE_EVALUATION_REASON" : response.reason;
}
