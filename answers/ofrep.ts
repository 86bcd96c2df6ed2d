// OFREP, the OpenFeature Remote Evaluation Protocol: answers in its words.

import { variantReason } from "../src/evaluation/answer_reason.ts";
import type { Answer, Answers } from "./answers.ts";

/** The path of the evaluation of all flags, with what leads to it; and of one flag, whose key is the second group. */
export const OFREP_PATH = /\/ofrep\/v1\/evaluate\/flags(?:\/([^/]+))?\/?$/;

/** An error of OFREP. */
export interface OfrepError {
  /** The code. */
  readonly errorCode:
    | "FLAG_NOT_FOUND"
    | "INVALID_CONTEXT"
    | "PARSE_ERROR"
    | "TARGETING_KEY_MISSING"
    | "GENERAL";
  /** What is wrong, in words. */
  readonly errorDetails: string;
}

/** Returns the body of the answer to a bulk evaluation. */
export function bulkBody({ digest, flags }: Answers): Record<string, unknown> {
  const list = Object.entries(flags).flatMap(([key, answer]) =>
    answer === undefined ? [] : [flagBody(key, answer)]
  );
  return { flags: list, ...(digest === undefined ? {} : { metadata: { digest } }) };
}

/** Returns what a flag answers. One that gives no variant has no value, so that the default of the page's code is used. */
export function flagBody(key: string, { value, variantKey, reason }: Answer): Record<string, unknown> {
  // The attachment of a variant may be true or false, too.
  const isVariantFlag = variantKey !== undefined || typeof value !== "boolean";
  const hasValue = !isVariantFlag || variantKey !== undefined;
  const variant = isVariantFlag ? variantKey : String(value);
  return {
    key,
    reason: variantReason(reason),
    ...(variant === undefined ? {} : { variant }),
    ...(hasValue ? { value } : {}),
  };
}
