// The answers of compiled flags.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { booleanAnswer, booleanEntry, variantAnswer, variantEntry } from "../answers.ts";
import type { SharedReading } from "../engine.ts";
import { timestamp } from "../timestamp.ts";
import { endOf, matchedKeys } from "./conditions.ts";
import { bucketOf, positionOf } from "../rules/buckets.ts";
import { CRC_START, crcAppend, crcFinish, crcUpdate } from "../rules/crc32.ts";
import { chosenVariant, isLess } from "./distributions.ts";
import type { CompiledFlag } from "./flag.ts";
import type { Fallback, Outcome } from "./layout.ts";
import { beginReading } from "./property.ts";

/** The answer of a flag of either type, as an entry of a batch. */
export function answer(
  flag: CompiledFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
  shared?: SharedReading,
): EvaluationResponse {
  return flag.type === "VARIANT_FLAG_TYPE"
    ? variantEntry(answerVariant(flag, entityId, context, now, at, shared))
    : booleanEntry(answerBoolean(flag, entityId, context, now, at, shared));
}

/**
 * The answer of a variant flag.
 * @param now What time it is, in milliseconds since 1970.
 * @param at What it was just now, if somebody looked.
 * @param shared What evaluations of the same context share.
 */
export function answerVariant(
  flag: CompiledFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
  shared?: SharedReading,
): VariantEvaluationResponse {
  const start = at === undefined || flag.slow ? now() : at;
  const { layout, start: head } = flag;
  const { steps, operands } = layout;
  const texts = beginReading(layout, head + 2, entityId, context, shared);
  let { reason, key: variantKey, attachment: variantAttachment } = operands[head >> 1] as Fallback;
  let segmentKeys: string[] | undefined;
  for (let left = steps[head] as number, rule = head + 4; left > 0; left--) {
    segmentKeys = matchedKeys(layout, rule, texts, entityId, context);
    if (segmentKeys === undefined) {
      rule = endOf(layout, rule);
      continue;
    }
    reason = "MATCH_EVALUATION_REASON";
    const distributions = steps[rule + 1] as number;
    if (steps[distributions] !== distributions + 2) {
      const position = positionOf(crcFinish(crcUpdate(steps[head + 1] as number, entityId)));
      const variant = chosenVariant(layout, distributions, position);
      variantKey = variant.key;
      variantAttachment = variant.attachment;
    }
    break;
  }
  const match = segmentKeys !== undefined;
  segmentKeys ??= [];
  // Reading the clock costs a good part of an evaluation: a second time only where it can tell.
  let end = start;
  let requestDurationMillis = 0;
  if (flag.slow) {
    end = now();
    requestDurationMillis = end - start;
  }
  return variantAnswer(
    flag.key,
    match,
    segmentKeys,
    reason,
    variantKey,
    variantAttachment,
    requestDurationMillis,
    timestamp(end),
  );
}

/**
 * The answer of a boolean flag.
 * @param now What time it is, in milliseconds since 1970.
 * @param at What it was just now, if somebody looked.
 * @param shared What evaluations of the same context share.
 */
export function answerBoolean(
  flag: CompiledFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
  shared?: SharedReading,
): BooleanEvaluationResponse {
  const start = at === undefined || flag.slow ? now() : at;
  const { layout, start: head } = flag;
  const { steps, operands } = layout;
  let texts: readonly string[] | undefined;
  let hasBegun = false;
  let outcome: Outcome | undefined;
  let segmentKeys: string[] | undefined;
  let bucket = -1;
  for (let left = steps[head] as number, rollout = head + 4; left > 0 && outcome === undefined; left--) {
    const buckets = steps[rollout] as number;
    if (buckets >= 0) {
      if (bucket < 0) {
        const register = crcUpdate(CRC_START, entityId);
        const shifts = operands[(head >> 1) + 1] as Int32Array;
        bucket = bucketOf(crcFinish(crcAppend(register, steps[head + 1] as number, shifts)));
      }
      // Looked up by number, since no processor can foresee which way a branch on a checksum goes.
      outcome = operands[(rollout >> 1) + isLess(bucket, buckets)] as Outcome | undefined;
      rollout += 4;
    } else {
      if (!hasBegun) texts = beginReading(layout, head + 2, entityId, context, shared);
      hasBegun = true;
      segmentKeys = matchedKeys(layout, rollout + 4, texts, entityId, context);
      if (segmentKeys !== undefined) outcome = operands[(rollout >> 1) + 1] as Outcome;
      rollout = endOf(layout, rollout + 4);
    }
  }
  const { enabled, reason } = outcome ?? operands[head >> 1] as Outcome;
  segmentKeys ??= [];
  let end = start;
  let requestDurationMillis = 0;
  if (flag.slow) {
    end = now();
    requestDurationMillis = end - start;
  }
  return booleanAnswer(flag.key, enabled, segmentKeys, reason, requestDurationMillis, timestamp(end));
}
