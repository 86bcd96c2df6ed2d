// Builds answers: the one place that says which members they have, and in which order, so that all answers of a kind have
// one shape.

import type {
  BooleanEvaluationResponse,
  EvaluationReason,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../core/types.ts";

/** The answer of a variant flag. Without an attachment it has no such member at all. */
export function variantAnswer(
  flagKey: string,
  match: boolean,
  segmentKeys: string[],
  reason: EvaluationReason,
  variantKey: string,
  variantAttachment: string | undefined,
  requestDurationMillis: number,
  timestamp: string,
): VariantEvaluationResponse {
  return variantAttachment === undefined
    ? { match, segmentKeys, reason, flagKey, variantKey, requestDurationMillis, timestamp }
    : {
      match,
      segmentKeys,
      reason,
      flagKey,
      variantKey,
      variantAttachment,
      requestDurationMillis,
      timestamp,
    };
}

/** The answer of a boolean flag. */
export function booleanAnswer(
  flagKey: string,
  enabled: boolean,
  segmentKeys: string[],
  reason: EvaluationReason,
  requestDurationMillis: number,
  timestamp: string,
): BooleanEvaluationResponse {
  return { enabled, flagKey, reason, requestDurationMillis, timestamp, segmentKeys };
}

/** The entry of a batch for a variant flag. */
export function variantEntry(variantEvaluationResponse: VariantEvaluationResponse): EvaluationResponse {
  return { type: "VARIANT_EVALUATION_RESPONSE_TYPE", variantEvaluationResponse };
}

/** The entry of a batch for a boolean flag. */
export function booleanEntry(booleanEvaluationResponse: BooleanEvaluationResponse): EvaluationResponse {
  return { type: "BOOLEAN_EVALUATION_RESPONSE_TYPE", booleanEvaluationResponse };
}
