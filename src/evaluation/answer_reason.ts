// Flipt's reasons in OpenFeature's words, as far as an answer tells them apart: for the provider and for the telemetry.

import type { BooleanEvaluationResponse, EvaluationReason } from "../../core/types.ts";

/** The reasons of OpenFeature that answers have. */
export type AnswerReason = "TARGETING_MATCH" | "SPLIT" | "DEFAULT" | "DISABLED" | "STATIC";

/** The reason of a variant flag. An answer does not say whether its rule had several distributions. */
export function variantReason(reason: EvaluationReason | string): AnswerReason {
  switch (reason) {
    case "MATCH_EVALUATION_REASON":
      return "TARGETING_MATCH";
    case "FLAG_DISABLED_EVALUATION_REASON":
      return "DISABLED";
    case "OVERRIDE_EVALUATION_REASON":
      return "STATIC";
    default:
      // Of unknown reason is what no rule matched and no default variant stood in for.
      return "DEFAULT";
  }
}

/** The reason of a boolean flag: what matched without a segment was a share of the entities. */
export function booleanReason(
  { reason, segmentKeys }: Pick<BooleanEvaluationResponse, "segmentKeys"> & { readonly reason: string },
): AnswerReason {
  const answer = variantReason(reason);
  return answer === "TARGETING_MATCH" && segmentKeys.length === 0 ? "SPLIT" : answer;
}
