// Code of the user that runs around each evaluation, and the care that none of it can break one.

import { UserCallbacks, type Warn } from "../../core/user_callbacks.ts";
import type { AnyFlags, FlagKey, FlagTypes } from "./typed_flags.ts";
import type { BooleanEvaluationResponse, VariantEvaluationResponse } from "../../core/types.ts";

/** What `before` is told. */
export interface HookBeforeData<Key extends string = string> {
  /** The key of the flag that is about to be evaluated. */
  flagKey: Key;
}

/** What `after` is told. */
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

/**
 * Runs around each evaluation. What it throws, or rejects with, is reported once and never reaches the evaluation. A client
 * takes one with either member, too: `Partial<Hook>`.
 */
export interface Hook<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Called before each evaluation, those of a batch included. */
  before(data: HookBeforeData<FlagKey<Flags>>): unknown;
  /** Called after each successful evaluation. */
  after(data: HookAfterData<FlagKey<Flags>>): unknown;
}

/** Calls the hooks of one client, in the order they were given. */
export class HookRunner {
  readonly #hooks: readonly Partial<Hook>[];
  readonly #callbacks: UserCallbacks;

  /** Takes the hooks as they are now; `warn` is told of those that fail. */
  constructor(hooks: readonly Partial<Hook>[], warn?: Warn) {
    this.#hooks = [...hooks];
    this.#callbacks = new UserCallbacks(warn);
  }

  /** Before an evaluation. */
  before(flagKey: string): void {
    for (const hook of this.#hooks) {
      this.#run(hook, () => hook.before?.({ flagKey }));
    }
  }

  /** After the evaluation of a variant flag. */
  afterVariant(response: VariantEvaluationResponse): void {
    this.#after("variant", response.variantKey, response);
  }

  /** After the evaluation of a boolean flag. */
  afterBoolean(response: BooleanEvaluationResponse): void {
    this.#after("boolean", String(response.enabled), response);
  }

  #after(
    flagType: string,
    value: string,
    response: VariantEvaluationResponse | BooleanEvaluationResponse,
  ): void {
    const { flagKey, reason } = response;
    for (const hook of this.#hooks) {
      // Each hook has its own list: what one does to it reaches neither the next nor the answer.
      const segmentKeys = [...response.segmentKeys];
      this.#run(hook, () => hook.after?.({ flagKey, flagType, value, reason, segmentKeys }));
    }
  }

  #run(hook: Partial<Hook>, call: () => unknown): void {
    this.#callbacks.run(hook, "flipt: a hook failed; the evaluation goes on", call);
  }
}
