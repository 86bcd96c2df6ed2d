// The hooks of a client: what they are told. What calls them is in hook_runner.ts.

import type { EvaluationContext } from "../../core/types.ts";
import type { AnyFlags, FlagKey, FlagTypes } from "./typed_flags.ts";

/** The argument of `before` in the official client. */
export interface HookBeforeData<Key extends string = string> {
  /** The key of the flag that is about to be evaluated. */
  flagKey: Key;
}

/** The argument of `after` in the official client. */
export interface HookAfterData<Key extends string = string> {
  /** The key of the flag. */
  flagKey: Key;
  /** `"variant"` or `"boolean"`. */
  flagType: string;
  /** The key of the variant, or `"true"` or `"false"`. */
  value: string;
  /** Why, as in the answer. */
  reason: string;
  /** The segments that matched, as in the answer. */
  segmentKeys: string[];
}

/** A hook of the official client: an `EvaluationHook` with fewer members. */
export interface Hook<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Called before each evaluation, those of a batch included. */
  before(data: HookBeforeData<FlagKey<Flags>>): unknown;
  /** Called after each successful evaluation. */
  after(data: HookAfterData<FlagKey<Flags>>): unknown;
}

/** The argument of each stage of a hook. */
export interface HookRequest<Key extends string = string> extends HookBeforeData<Key> {
  /** The entity that the flag is evaluated for. */
  entityId: string;
  /** The context of the call, not a copy: do not change it. `{}` without one. */
  context: EvaluationContext;
  /** Identifies the call: the same for all its stages, and for all flags of a batch. */
  requestId: string;
}

/** The argument of `after`. */
export interface HookAnswer<Key extends string = string> extends HookAfterData<Key>, HookRequest<Key> {
  /** The key of the flag. */
  flagKey: Key;
  /** The attachment of the variant: JSON in a string; absent when it has none. */
  attachment?: string;
  /** The digest of the flag state that answered, if the server sends one. */
  digest?: string;
  /** Set where an override answered in the place of the flag; `reason` is one of Flipt's own all the same. */
  overridden?: true;
}

/** The argument of `error`. */
export interface HookFailure<Key extends string = string> extends HookRequest<Key> {
  /** The error that the evaluation throws, or why an entry of a batch has no answer. */
  error: unknown;
}

/**
 * Runs around each evaluation. If it throws or rejects, that is reported once and does not affect the evaluation. A
 * client accepts hooks with any of the members: `Partial<EvaluationHook>`.
 *
 * @example
 * ```ts
 * import { type EvaluationHook, FliptClient } from "@flipt-ffi/client";
 *
 * const seen: string[] = [];
 * const hook: Partial<EvaluationHook> = {
 *   after: ({ flagKey, entityId, value }) => seen.push(`${flagKey} is ${value} for ${entityId}`),
 *   error: ({ flagKey }) => seen.push(`${flagKey} has no answer`),
 * };
 * using client = await FliptClient.init({
 *   hook,
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * client.evaluateBoolean("dark-mode", "user-1");
 * console.assert(seen[0] === "dark-mode is true for user-1");
 * ```
 */
export interface EvaluationHook<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Called before each evaluation, those of a batch included. */
  before(data: HookRequest<FlagKey<Flags>>): unknown;
  /** Called after each successful evaluation. */
  after(data: HookAnswer<FlagKey<Flags>>): unknown;
  /**
   * Called after each evaluation that has no answer; and after `finally` where an answer has an attachment that cannot be
   * used, so that a default stands in.
   */
  error(data: HookFailure<FlagKey<Flags>>): unknown;
  /** Called at the end of each evaluation, after `after` or `error`. */
  finally(data: HookRequest<FlagKey<Flags>>): unknown;
}

/** The stages of a hook. */
export const HOOK_STAGES: readonly (keyof EvaluationHook)[] = ["before", "after", "error", "finally"];
