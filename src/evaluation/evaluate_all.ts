// All flags at once, for one entity and from one state.

import { mustBe } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import type { CompiledState, SharedReading } from "../../engines/engine.ts";
import { noteUnusable } from "./advice.ts";
import { checkedOptions, type DefaultParts, type DetailsReason, wantedBy } from "./details.ts";
import { checkContext, checkKey } from "./evaluation_input.ts";
import { answeredReason } from "./overrides.ts";

/** The answer of one flag of `evaluateAll`. */
export interface FlagAnswer {
  /** The value of a boolean flag; the attachment of a variant, or its key if it has none. */
  readonly value: unknown;
  /** The key of the variant; absent for a boolean flag, and if no variant applies. */
  readonly variantKey?: string;
  /** Why; `ERROR_EVALUATION_REASON` for a default in place of an answer. */
  readonly reason: DetailsReason;
}

/** The answers of all flags for one entity. */
export interface AllAnswers<Key extends string = string> {
  /** The digest of the flag state, if the server sends one. */
  readonly digest: string | undefined;
  /** The answers by the key of their flag; an object without a prototype. */
  readonly flags: { readonly [K in Key]?: FlagAnswer };
}

/** Options of `evaluateAll`. */
export interface EvaluateAllOptions<Key extends string = string> {
  /** The keys of the flags; unknown flags without a default are omitted. @default all flags */
  readonly keys?: readonly Key[];
}

/** The keys of each state's flags: a list that engines take a while to make. */
const keysOf = new WeakMap<CompiledState, readonly string[]>();

function flagKeys(state: CompiledState): readonly string[] {
  let keys = keysOf.get(state);
  if (keys === undefined) keysOf.set(state, keys = state.listFlags().map(({ key }) => key));
  return keys;
}

/**
 * Evaluates all flags, or those with the given keys; a flag that does not answer has its default, or is left out.
 * @throws {ValidationError} if the entity's id is not a string, or the keys are not an array.
 */
export function evaluateAll(
  parts: DefaultParts,
  entityId: string,
  context: unknown,
  options: EvaluateAllOptions | null | undefined,
): AllAnswers {
  const { holder, defaults, attachments } = parts;
  const { keys: given } = checkedOptions("evaluateAll", options);
  if (typeof entityId !== "string") checkKey("entityId", entityId);
  if (given !== undefined && !Array.isArray(given)) {
    throw new ValidationError(`keys ${mustBe("an array of flag keys", given)}`);
  }
  for (const key of given ?? []) if (typeof key !== "string") checkKey("flagKey", key);
  const flags: Record<string, FlagAnswer> = Object.create(null);
  let digest: string | undefined;
  try {
    checkKey("entityId", entityId);
    const state = holder.answering;
    digest = state.digest;
    const checked = checkContext(context);
    const at = Date.now();
    const shared: SharedReading = { reading: 0 };
    for (const key of given ?? flagKeys(state)) {
      const entry = state.evaluate(key, entityId, checked, at, shared);
      const variant = entry?.variantEvaluationResponse;
      const boolean = entry?.booleanEvaluationResponse;
      if (boolean !== undefined) flags[key] = { value: boolean.enabled, reason: answeredReason(boolean) };
      else if (variant !== undefined) {
        const { variantKey, variantAttachment } = variant;
        const declared = defaults[key];
        const wanted = wantedBy(declared);
        const isKey = wanted === "variant";
        const own = isKey ? variantKey || undefined : attachments.valueOf(state, variantAttachment).value;
        const value = own ?? (isKey || wanted === "value" ? declared : variantKey);
        const reason = answeredReason(variant);
        flags[key] = variantKey === "" ? { value, reason } : { value, variantKey, reason };
      }
    }
  } catch (error) {
    // There is no state, or the entity's id is blank, or the context cannot be used: the defaults answer.
    noteUnusable(error, entityId, parts);
  }
  for (const key of given ?? Object.keys(defaults)) {
    const value = defaults[key];
    if (value !== undefined) flags[key] ??= { value, reason: "ERROR_EVALUATION_REASON" };
  }
  return { digest, flags };
}
