// The sentences of failed evaluations, worded as the reference words them; every engine takes them from here.

import { EvaluationError, type EvaluationErrorCode } from "../core/errors.ts";

/** The flag is not in the namespace, or there is no state at all. */
export function unknownFlag(
  namespace: string,
  flagKey: string,
  code: EvaluationErrorCode = "FLAG_NOT_FOUND",
): EvaluationError {
  return new EvaluationError(`invalid request: failed to get flag information ${namespace}/${flagKey}`, {
    code,
  });
}

/** The flag is a boolean flag. */
export function notAVariantFlag(flagKey: string): EvaluationError {
  return new EvaluationError(`invalid request: ${flagKey} is not a variant flag`, { code: "TYPE_MISMATCH" });
}

/** The flag is a variant flag. */
export function notABooleanFlag(flagKey: string): EvaluationError {
  return new EvaluationError(`invalid request: ${flagKey} is not a boolean flag`, { code: "TYPE_MISMATCH" });
}

/** The state was released: the client is closed, or swapped it away under the caller. */
export function released(): EvaluationError {
  return new EvaluationError("the client is closed; make a new one with FliptClient.init()", {
    code: "NOT_READY",
  });
}
