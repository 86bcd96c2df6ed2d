// The hooks of a client: what they are told. What calls them is in hook_runner.ts.

import type { EvaluationContext } from "../../core/types.ts";
import type { AnyFlags, FlagKey, FlagTypes } from "./typed_flags.ts";

/** What `before` of a hook is told by the official client. */
export interface HookBeforeData<Key extends string = string> {
  /** The key of the flag that is about to be evaluated. */
  flagKey: Key;
}

/** What `after` of a hook is told by the official client. */
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

/** A hook of the official client: an `EvaluationHook` that knows less. */
export interface Hook<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Called before each evaluation, those of a batch included. */
  before(data: HookBeforeData<FlagKey<Flags>>): unknown;
  /** Called after each successful evaluation. */
  after(data: HookAfterData<FlagKey<Flags>>): unknown;
}

/** What each stage of a hook is told. */
export interface HookRequest<Key extends string = string> extends HookBeforeData<Key> {
  /** The entity that the flag is evaluated for. */
  entityId: string;
  /** The context of the call, and no copy of it: not to be changed. `{}` without one. */
  context: EvaluationContext;
  /** The same for all stages of a call, and for all flags of a batch; of no other call. */
  requestId: string;
}

/** What `after` is told. */
export interface HookAnswer<Key extends string = string> extends HookAfterData<Key>, HookRequest<Key> {
  /** The key of the flag. */
  flagKey: Key;
  /** The attachment of the variant: JSON in a string; absent when it has none. */
  attachment?: string;
  /** The digest of the flag state that answered, where the server gives one. */
  digest?: string;
}

/** What `error` is told. */
export interface HookFailure<Key extends string = string> extends HookRequest<Key> {
  /** What the evaluation throws, or why an entry of a batch has no answer. */
  error: unknown;
}

/**
 * Runs around each evaluation. What it throws, or rejects with, is reported once and never reaches the evaluation. A client
 * takes one with any of the members: `Partial<EvaluationHook>`.
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
  /** Called after each evaluation that has no answer. */
  error(data: HookFailure<FlagKey<Flags>>): unknown;
  /** Called at the end of each evaluation, after `after` or `error`. */
  finally(data: HookRequest<FlagKey<Flags>>): unknown;
}

/** The stages of a hook. */
export const HOOK_STAGES: readonly (keyof EvaluationHook)[] = ["before", "after", "error", "finally"];
