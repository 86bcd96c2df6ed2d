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
import { chooseVariant, isLess } from "./distribution.ts";
import type { BooleanFlag, CompiledFlag, Outcome, Rollout, VariantFlag } from "./flag.ts";
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
  const { rules, conditions } = flag;
  const values = readValues(conditions.properties, entityId, context);
  let reason = flag.reason;
  let variant = flag.fallback;
  let segmentKeys: string[] | undefined;
  for (let i = 0; i < rules.length; i++) {
    segmentKeys = matchedKeys(conditions, rules[i] as number, values);
    if (segmentKeys === undefined) continue;
    reason = "MATCH_EVALUATION_REASON";
    const distributions = flag.distributions[i];
    if (distributions !== undefined) {
      variant = chooseVariant(distributions, crcFinish(crcUpdate(flag.crc, entityId)));
    }
    break;
  }
  const match = segmentKeys !== undefined;
  segmentKeys ??= [];
  const { key, attachment } = variant;
  // Reading the clock costs a good part of an evaluation: a second time only where it can tell.
  const end = flag.slow ? now() : start;
  // Two literals, so that an answer without an attachment has no such member at all.
  return attachment === undefined
    ? {
      match,
      segmentKeys,
      reason,
      flagKey: flag.key,
      variantKey: key,
      requestDurationMillis: end - start,
      timestamp: timestamp(end),
    }
    : {
      match,
      segmentKeys,
      reason,
      flagKey: flag.key,
      variantKey: key,
      variantAttachment: attachment,
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
  const { rollouts, conditions } = flag;
  let values: readonly string[] | undefined;
  let outcome: Outcome | undefined;
  let segmentKeys: string[] | undefined;
  let bucket = -1;
  for (let i = 0; i < rollouts.length && outcome === undefined; i++) {
    const { condition, buckets, outcomes } = rollouts[i] as Rollout;
    if (condition < 0) {
      if (bucket < 0) bucket = bucketOf(crcFinish(crcAppend(crcUpdate(CRC_START, entityId), flag.suffix)));
      outcome = outcomes[isLess(bucket, buckets)];
    } else {
      values ??= readValues(conditions.properties, entityId, context);
      segmentKeys = matchedKeys(conditions, condition, values);
      if (segmentKeys !== undefined) outcome = outcomes[1];
    }
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
