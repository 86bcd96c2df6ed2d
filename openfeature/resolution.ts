// Converts responses of Flipt to resolutions of OpenFeature: value, variant, reason and metadata.

import { ParseError, TypeMismatchError } from "@openfeature/server-sdk";
import type { BooleanEvaluationResponse, VariantEvaluationResponse } from "../core/types.ts";
import { type AnswerReason, booleanReason, variantReason } from "../src/evaluation/answer_reason.ts";
import { answeredReason } from "../src/evaluation/overrides.ts";
import type { Metadata } from "./session.ts";
import type { Resolution } from "./types.ts";

/** The state of the client that is part of every resolution. */
export interface AnswerContext {
  /** Whether the flag state may be out of date. */
  readonly isStale: boolean;
  /** The namespace and its version. */
  readonly metadata: Metadata;
}

/** Returns the value of a variant. @throws {TypeMismatchError} when it has no value of this type. */
export type ValueOf<T> = (response: VariantEvaluationResponse) => T;

/** A number as JSON writes it. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Returns the resolution of a boolean flag. A disabled flag is `false`, even if the caller's default is `true`. */
export function booleanResolution(
  response: BooleanEvaluationResponse,
  answerContext: AnswerContext,
): Resolution<boolean> {
  const { enabled } = response;
  return details(
    enabled,
    String(enabled),
    booleanReason({ ...response, reason: answeredReason(response) }),
    response,
    answerContext,
  );
}

/** Returns the resolution of a variant flag: the caller's default when it is disabled or has no variant. */
export function variantResolution<T>(
  response: VariantEvaluationResponse,
  defaultValue: T,
  valueOf: ValueOf<T>,
  answerContext: AnswerContext,
): Resolution<T> {
  const reason = variantReason(answeredReason(response));
  const { variantKey } = response;
  if (reason === "DISABLED") return details(defaultValue, undefined, reason, response, answerContext);
  if (variantKey === "") return details(defaultValue, undefined, "DEFAULT", response, answerContext);
  return details(valueOf(response), variantKey, reason, response, answerContext);
}

/** Returns the key of the variant. */
export function stringOf({ variantKey }: VariantEvaluationResponse): string {
  return variantKey;
}

/**
 * Returns the key of the variant as a number.
 * @throws {TypeMismatchError} when it is not a number.
 */
export function numberOf({ flagKey, variantKey }: VariantEvaluationResponse): number {
  const value = JSON_NUMBER.test(variantKey) ? Number(variantKey) : NaN;
  if (Number.isFinite(value)) return value;
  throw new TypeMismatchError(
    `the variant ${JSON.stringify(variantKey)} of flag ${JSON.stringify(flagKey)} is not a number`,
  );
}

/**
 * Returns the object or array in the attachment of the variant.
 * @throws {TypeMismatchError} when there is none.
 * @throws {ParseError} when the attachment is not JSON.
 */
export function structureOf<T>(response: VariantEvaluationResponse): T {
  const { flagKey, variantKey } = response;
  const where = `the variant ${JSON.stringify(variantKey)} of flag ${JSON.stringify(flagKey)}`;
  const text = attachmentOf(response);
  if (text === undefined) throw new TypeMismatchError(`${where} has no attachment`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ParseError(`the attachment of ${where} is not JSON`, { cause: error });
  }
  // The SDK's type parameter is the caller's claim about the structure. It cannot be checked here.
  if (typeof value === "object" && value !== null) return value as T;
  throw new TypeMismatchError(`the attachment of ${where} is not an object or array`);
}

function details<T>(
  value: T,
  variant: string | undefined,
  reason: AnswerReason,
  response: BooleanEvaluationResponse | VariantEvaluationResponse,
  answerContext: AnswerContext,
): Resolution<T> {
  const { isStale, metadata } = answerContext;
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

/** Returns the attachment, or `undefined` when there is none, which servers represent as `null` or by omitting it. */
function attachmentOf({ variantAttachment }: VariantEvaluationResponse): string | undefined {
  return variantAttachment === "" || variantAttachment === "null" ? undefined : variantAttachment;
}
