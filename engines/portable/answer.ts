// The answers of compiled flags.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../../src/types.ts";
import { timestamp } from "../timestamp.ts";
import { matchedKeys } from "./conditions.ts";
import { CRC_START, crcAppend, crcFinish, crcUpdate } from "./crc32.ts";
import { chosenVariant, isLess, positionOf } from "./distribution.ts";
import type { BooleanFlag, CompiledFlag, VariantFlag } from "./flag.ts";
import type { Outcome } from "./layout.ts";
import { readValues } from "./property.ts";
import { bucketOf } from "./threshold.ts";

/** The answer of a flag of either type, as an entry of a batch. */
export function answer(
  flag: CompiledFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
): EvaluationResponse {
  return flag.type === "VARIANT_FLAG_TYPE"
    ? {
      type: "VARIANT_EVALUATION_RESPONSE_TYPE",
      variantEvaluationResponse: answerVariant(flag, entityId, context, now, at),
    }
    : {
      type: "BOOLEAN_EVALUATION_RESPONSE_TYPE",
      booleanEvaluationResponse: answerBoolean(flag, entityId, context, now, at),
    };
}

/**
 * The answer of a variant flag.
 * @param now What time it is, in milliseconds since 1970.
 * @param at What it was just now, if somebody looked.
 */
export function answerVariant(
  flag: VariantFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
): VariantEvaluationResponse {
  const start = at === undefined || flag.slow ? now() : at;
  const { layout, ruleCount } = flag;
  const { steps } = layout;
  const values = readValues(flag, entityId, context);
  let { reason, variantKey, variantAttachment } = flag;
  let segmentKeys: string[] | undefined;
  for (let i = 0, rule = flag.start; i < ruleCount; i++) {
    segmentKeys = matchedKeys(layout, rule, values);
    const distributions = steps[rule + 1] as number;
    rule = steps[distributions + 1] as number;
    if (segmentKeys === undefined) continue;
    reason = "MATCH_EVALUATION_REASON";
    if (steps[distributions] !== distributions + 2) {
      const position = positionOf(crcFinish(crcUpdate(flag.crc, entityId)));
      const variant = chosenVariant(layout, distributions, position);
      variantKey = variant.key;
      variantAttachment = variant.attachment;
    }
    break;
  }
  const match = segmentKeys !== undefined;
  segmentKeys ??= [];
  // Reading the clock costs a good part of an evaluation: a second time only where it can tell.
  const end = flag.slow ? now() : start;
  // Two literals, so that an answer without an attachment has no such member at all.
  return variantAttachment === undefined
    ? {
      match,
      segmentKeys,
      reason,
      flagKey: flag.key,
      variantKey,
      requestDurationMillis: end - start,
      timestamp: timestamp(end),
    }
    : {
      match,
      segmentKeys,
      reason,
      flagKey: flag.key,
      variantKey,
      variantAttachment,
      requestDurationMillis: end - start,
      timestamp: timestamp(end),
    };
}

/**
 * The answer of a boolean flag.
 * @param now What time it is, in milliseconds since 1970.
 * @param at What it was just now, if somebody looked.
 */
export function answerBoolean(
  flag: BooleanFlag,
  entityId: string,
  context: EvaluationContext,
  now: () => number,
  at: number | undefined,
): BooleanEvaluationResponse {
  const start = at === undefined || flag.slow ? now() : at;
  const { layout, rolloutCount } = flag;
  const { steps, operands } = layout;
  let values: readonly string[] | undefined;
  let outcome: Outcome | undefined;
  let segmentKeys: string[] | undefined;
  let bucket = -1;
  for (let i = 0, rollout = flag.start; i < rolloutCount && outcome === undefined; i++) {
    const buckets = steps[rollout] as number;
    if (buckets >= 0) {
      if (bucket < 0) bucket = bucketOf(crcFinish(crcAppend(crcUpdate(CRC_START, entityId), flag.suffix)));
      // Looked up by number, since no processor can foresee which way a branch on a checksum goes.
      outcome = operands[(rollout >> 1) + isLess(bucket, buckets)] as Outcome | undefined;
    } else {
      values ??= readValues(flag, entityId, context);
      segmentKeys = matchedKeys(layout, rollout + 4, values);
      if (segmentKeys !== undefined) outcome = operands[(rollout >> 1) + 1] as Outcome;
    }
    rollout = steps[rollout + 1] as number;
  }
  const { enabled, reason } = outcome ?? flag.fallback;
  segmentKeys ??= [];
  const end = flag.slow ? now() : start;
  return {
    enabled,
    flagKey: flag.key,
    reason,
    requestDurationMillis: end - start,
    timestamp: timestamp(end),
    segmentKeys,
  };
}
