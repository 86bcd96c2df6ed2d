// Overrides, which answer instead of a flag: their types, and how to tell their responses from those of flags. They are
// applied in overriding_state.ts, which is loaded only if there are any.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationReason,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import type { AnyFlags, FlagKey, FlagTypes, VariantKey } from "./typed_flags.ts";

/** A variant that is returned instead of the flag's own answer. */
export interface VariantOverride<Key extends string = string> {
  /** The key of the variant, which need not be one of the flag's; `""` for none. */
  readonly variant: Key;
  /** Its attachment, as a value. @default the attachment of the flag's variant with this key */
  readonly attachment?: unknown;
}

/** An answer instead of a flag's own: a boolean, or the key of a variant, with or without an attachment. */
export type FlagOverride = boolean | string | VariantOverride;

/** What a function that overrides flags receives. */
export interface OverrideRequest<Key extends string = string> {
  /** The key of the flag. */
  readonly flagKey: Key;
  /** The entity for which the flag is evaluated. */
  readonly entityId: string;
  /** The context of the call. */
  readonly context: EvaluationContext;
}

/** Overrides by flag key. */
export type OverrideValues<Flags> = [keyof Flags] extends [never]
  ? Readonly<Record<string, FlagOverride | undefined>>
  : {
    readonly [Key in FlagKey<Flags>]?: Flags[Key & keyof Flags] extends { type: "boolean" } ? boolean
      : VariantKey<Flags, Key> | VariantOverride<VariantKey<Flags, Key>>;
  };

/**
 * Overrides by flag key; or a function that is called for each evaluation, and returns `undefined` if the flag itself
 * should answer.
 */
export type FlagOverrides<Flags extends FlagTypes<Flags> = AnyFlags> =
  | OverrideValues<Flags>
  | ((request: OverrideRequest<FlagKey<Flags>>) => FlagOverride | undefined);

/** The overrides of one request, for `client.for`: what `overrideFlags` of `@flipt-ffi/client/overrides` returns. */
export interface ScopeOverrides {
  /** Applies the overrides to a flag state. The scope calls it. */
  before(state: unknown): unknown;
}

/** The reason of an answer: one of Flipt's own, or `OVERRIDE_EVALUATION_REASON` if an override answered. */
export type AnsweredReason = EvaluationReason | "OVERRIDE_EVALUATION_REASON";

const overridden = /* @__PURE__ */ new WeakSet<object>();

/** Records that an override produced this response. */
export function noteOverridden<Response extends object>(response: Response): Response {
  overridden.add(response);
  return response;
}

/**
 * Returns whether an override produced this response, whose `reason` is one of Flipt's own.
 * @param response The object that `evaluateVariant` or `evaluateBoolean` returned, or that is in a batch; not a copy.
 */
export function isOverridden(response: VariantEvaluationResponse | BooleanEvaluationResponse): boolean {
  return overridden.has(response);
}

/** Returns the reason of an answer, also if an override produced it. */
export function answeredReason(
  response: VariantEvaluationResponse | BooleanEvaluationResponse,
): AnsweredReason {
  return overridden.has(response) ? "OVERRIDE_EVALUATION_REASON" : response.reason;
}
