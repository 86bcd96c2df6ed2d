// Makes OpenFeature's answers of Flipt's: which value, which variant, why, and what else is known.

import { ParseError, TypeMismatchError } from "@openfeature/server-sdk";
import type { BooleanEvaluationResponse, VariantEvaluationResponse } from "../core/types.ts";
import { type AnswerReason, booleanReason, variantReason } from "../src/evaluation/answer_reason.ts";
import type { Metadata } from "./session.ts";
import type { Resolution } from "./types.ts";

/** What is known of every answer. */
export interface Circumstances {
  /** Whether the flag state may be out of date. */
  readonly isStale: boolean;
  /** The namespace and its version. */
  readonly metadata: Metadata;
}

/** Gives the value of a variant. @throws {TypeMismatchError} when it has none of this type. */
export type ValueOf<T> = (response: VariantEvaluationResponse) => T;

/** A number as JSON writes it. */
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The answer of a boolean flag: one that is off is `false`, also where the caller's default is `true`. */
export function booleanResolution(
  response: BooleanEvaluationResponse,
  circumstances: Circumstances,
): Resolution<boolean> {
  const { enabled } = response;
  return details(enabled, String(enabled), booleanReason(response), response, circumstances);
}

/** The answer of a variant flag: the caller's default when the flag is off, or gives no variant. */
export function variantResolution<T>(
  response: VariantEvaluationResponse,
  defaultValue: T,
  valueOf: ValueOf<T>,
  circumstances: Circumstances,
): Resolution<T> {
  const reason = variantReason(response.reason);
  const { variantKey } = response;
  if (reason === "DISABLED") return details(defaultValue, undefined, reason, response, circumstances);
  if (variantKey === "") return details(defaultValue, undefined, "DEFAULT", response, circumstances);
  return details(valueOf(response), variantKey, reason, response, circumstances);
}

/** The key of the variant. */
export function stringOf({ variantKey }: VariantEvaluationResponse): string {
  return variantKey;
}

/** The number that the key of the variant is. */
export function numberOf({ flagKey, variantKey }: VariantEvaluationResponse): number {
  const value = number.test(variantKey) ? Number(variantKey) : NaN;
  if (Number.isFinite(value)) return value;
  throw new TypeMismatchError(
    `the variant ${JSON.stringify(variantKey)} of flag ${JSON.stringify(flagKey)} is no number`,
  );
}

/** The object or array in the attachment of the variant. */
export function structureOf<T>(response: VariantEvaluationResponse): T {
  const { flagKey, variantKey } = response;
  const where = `the variant ${JSON.stringify(variantKey)} of flag ${JSON.stringify(flagKey)}`;
  const text = attachmentOf(response);
  if (text === undefined) throw new TypeMismatchError(`${where} has no attachment`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ParseError(`the attachment of ${where} is no JSON`, { cause: error });
  }
  // Which structure the caller expects is known to no one here: the SDK's type parameter is the caller's word for it.
  if (typeof value === "object" && value !== null) return value as T;
  throw new TypeMismatchError(`the attachment of ${where} is neither an object nor an array`);
}

function details<T>(
  value: T,
  variant: string | undefined,
  reason: AnswerReason,
  response: BooleanEvaluationResponse | VariantEvaluationResponse,
  circumstances: Circumstances,
): Resolution<T> {
  const { isStale, metadata } = circumstances;
  const flagMetadata = metadataOf(response, isStale ? reason : undefined, metadata);
  const shown = isStale ? "STALE" : reason;
  return variant === undefined
    ? { value, reason: shown, flagMetadata }
    : { value, variant, reason: shown, flagMetadata };
}

function metadataOf(
  response: BooleanEvaluationResponse | VariantEvaluationResponse,
  reason: AnswerReason | undefined,
  common: Metadata,
): Metadata {
  const { segmentKeys } = response;
  const attachment = "variantAttachment" in response ? attachmentOf(response) : undefined;
  if (segmentKeys.length === 0 && attachment === undefined && reason === undefined) return common;
  const metadata: Metadata = { ...common };
  if (segmentKeys.length > 0) metadata["segmentKeys"] = segmentKeys.join(",");
  if (attachment !== undefined) metadata["attachment"] = attachment;
  if (reason !== undefined) metadata["reason"] = reason;
  return metadata;
}

/** The server writes the lack of an attachment as `null`, or not at all. */
function attachmentOf({ variantAttachment }: VariantEvaluationResponse): string | undefined {
  return variantAttachment === "" || variantAttachment === "null" ? undefined : variantAttachment;
}
