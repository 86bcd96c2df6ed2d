// Explains an evaluation: finds the flag's definition in the state that answers, follows it step by step, and puts the
// engine's own answer beside it. Loaded when it is first asked for.

import { textOf as valueText } from "../../../engines/rules/context.ts";
import { ignoredValue } from "../../../engines/rules/ignored_values.ts";
import type { DocumentConstraint, DocumentFlag, DocumentSegment } from "../../../engines/document.ts";
import { isBoolean } from "../../../engines/document.ts";
import type { CompiledState } from "../../../engines/engine.ts";
import { unknownFlag } from "../../../engines/messages.ts";
import { THRESHOLD_BUCKETS, VARIANT_BUCKETS } from "../../../engines/rules/buckets.ts";
import { CRC_START, crcFinish, crcUpdate } from "../../../engines/rules/crc32.ts";
import { decodeSnapshot } from "../../../engines/snapshot_reading.ts";
import { shown } from "../../../core/describe.ts";
import { EvaluationError, ValidationError } from "../../../core/errors.ts";
import { type EvaluatedParts, noteMissingContext, withAdvice } from "../advice.ts";
import { checkContext, checkKey, evaluationFailure } from "../evaluation_input.ts";
import { isOverridden } from "../overrides.ts";
import type { EvaluationContext, Flag } from "../../../core/types.ts";
import type {
  BooleanExplanation,
  ExplainedBucket,
  ExplainedEvaluation,
  Explanation,
  VariantExplanation,
} from "./explanation.ts";
import { concludeRollouts, explainRollouts } from "./rollouts.ts";
import { concludeRules, explainRules } from "./rules.ts";
import { booleanDifferences, variantDifferences } from "./server.ts";
import type { TextOf } from "./segments.ts";

const RESPONSE_TYPES = {
  variant: "VARIANT_EVALUATION_RESPONSE_TYPE",
  boolean: "BOOLEAN_EVALUATION_RESPONSE_TYPE",
} as const;

/** What is to be explained; checked as for an evaluation. */
export interface ExplanationRequest {
  /** The type that the flag has to have. */
  readonly type: Explanation["type"];
  /** The key of the flag. */
  readonly flagKey: string;
  /** Who or what the flag is evaluated for. */
  readonly entityId: string;
  /** What constraints compare. */
  readonly context: EvaluationContext;
}

/**
 * Explains an evaluation that anything may have been asked of.
 * @param first The key of the flag, with the entity and the context after it; or a request.
 * @throws {ValidationError} when what is asked is not usable.
 * @throws {EvaluationError} as the evaluation does.
 */
export function explainUnchecked(
  parts: EvaluatedParts & { readonly namespace: string },
  type: unknown,
  first?: unknown,
  ...[second, third]: readonly unknown[]
): Explanation {
  const isRequest = typeof first === "object" && first !== null;
  const asked: Partial<ExplanationRequest> | Record<string, unknown> = isRequest
    ? first
    : { flagKey: first, entityId: second, context: third };
  const { flagKey, entityId, context } = asked;
  if (isRequest && context === undefined) noteMissingContext(first, parts);
  if (type !== "variant" && type !== "boolean") {
    throw new ValidationError(`explain() takes "variant" or "boolean" first, but was given ${shown(type)}`);
  }
  checkKey("flagKey", flagKey, first);
  checkKey("entityId", entityId, first);
  const explained = (known: unknown): Explanation => {
    const { holder: { answering }, namespace } = parts;
    const request: ExplanationRequest = { type, flagKey, entityId, context: checkContext(known) };
    return answering.base === undefined
      ? explain(answering, namespace, request)
      : explainOverridden(answering, answering.base, namespace, request);
  };
  try {
    return explained(context);
  } catch (error) {
    throw evaluationFailure(flagKey, withAdvice(error, flagKey, parts), context, explained);
  }
}

/**
 * Explains an evaluation.
 * @throws {EvaluationError} as the evaluation does.
 */
export function explain(state: CompiledState, namespace: string, request: ExplanationRequest): Explanation {
  const flagKey = request.flagKey.toWellFormed();
  const entityId = request.entityId.toWellFormed();
  const isAsked = state.evaluate(flagKey, entityId, {})?.type === RESPONSE_TYPES[request.type];
  const source = isAsked ? definitionOf(state, namespace, flagKey) : undefined;
  if (source === undefined) {
    // The engine words the refusal.
    evaluate(state, request, request.context);
    throw unknownFlag(namespace, flagKey);
  }
  const { texts, ignored } = textsOf(source, request.context);
  const textOf: TextOf = (constraint) =>
    isOfEntity(constraint)
      ? { text: entityId }
      : { text: texts[constraint.property] ?? "", ignored: ignored.get(constraint.property) };
  const evaluation = { namespace, flag: quotedList(source), entityId };
  return request.type === "variant"
    ? explainVariant(state, source, evaluation, textOf, texts)
    : explainBoolean(state, source, evaluation, textOf, texts);
}

/** Explains an evaluation of a state with overrides: the answer, and what the flag itself would have answered. */
function explainOverridden(
  state: CompiledState,
  base: CompiledState,
  namespace: string,
  request: ExplanationRequest,
): Explanation {
  const { type, flagKey, entityId, context } = request;
  const own = (): Explanation => {
    try {
      return explain(base, namespace, request);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      const flag = { key: flagKey, enabled: true };
      const why = error.code === "FLAG_NOT_FOUND" ? "there is no such flag" : error.message;
      const evaluation = { namespace, entityId, why };
      return type === "variant"
        ? {
          type,
          ...evaluation,
          flag: { ...flag, type: "VARIANT_FLAG_TYPE" },
          bucket: bucketOf(flagKey + entityId, VARIANT_BUCKETS),
          rules: [],
          result: state.evaluateVariant(flagKey, entityId, context),
        }
        : {
          type,
          ...evaluation,
          flag: { ...flag, type: "BOOLEAN_FLAG_TYPE" },
          bucket: bucketOf(entityId + flagKey, THRESHOLD_BUCKETS),
          rollouts: [],
          result: state.evaluateBoolean(flagKey, entityId, context),
        };
    }
  };
  const overridden = <Explained extends Explanation>(result: Explained["result"]): Explained => {
    const explained = own() as Explained;
    if (!isOverridden(result)) return explained;
    const why = `an override answers in the place of the flag; without it: ${explained.why}`;
    return { ...explained, why, overridden: true, result };
  };
  return type === "variant"
    ? overridden<VariantExplanation>(state.evaluateVariant(flagKey, entityId, context))
    : overridden<BooleanExplanation>(state.evaluateBoolean(flagKey, entityId, context));
}

type Evaluation = Pick<ExplainedEvaluation, "namespace" | "flag" | "entityId">;

function explainVariant(
  state: CompiledState,
  source: DocumentFlag,
  evaluation: Evaluation,
  textOf: TextOf,
  context: EvaluationContext,
): VariantExplanation {
  const { entityId } = evaluation;
  const result = state.evaluateVariant(source.key, entityId, context);
  const bucket = bucketOf(source.key + entityId, VARIANT_BUCKETS);
  const rules = explainRules(source, textOf, bucket.bucket);
  const why = concludeRules(source, rules, bucket);
  return {
    type: "variant",
    ...evaluation,
    bucket,
    why,
    ...variantDifferences(source, rules, bucket.bucket),
    rules,
    result,
  };
}

function explainBoolean(
  state: CompiledState,
  source: DocumentFlag,
  evaluation: Evaluation,
  textOf: TextOf,
  context: EvaluationContext,
): BooleanExplanation {
  const { entityId } = evaluation;
  const result = state.evaluateBoolean(source.key, entityId, context);
  const bucket = bucketOf(entityId + source.key, THRESHOLD_BUCKETS);
  const rollouts = explainRollouts(source, textOf, bucket);
  const why = concludeRollouts(source, rollouts);
  return {
    type: "boolean",
    ...evaluation,
    bucket,
    why,
    ...booleanDifferences(source),
    rollouts,
    result,
  };
}

function evaluate(state: CompiledState, request: ExplanationRequest, context: EvaluationContext): void {
  const { type, flagKey, entityId } = request;
  if (type === "variant") state.evaluateVariant(flagKey, entityId, context);
  else state.evaluateBoolean(flagKey, entityId, context);
}

function definitionOf(state: CompiledState, namespace: string, flagKey: string): DocumentFlag | undefined {
  if (state.flagDefinition !== undefined) return state.flagDefinition(flagKey);
  return decodeSnapshot(state.snapshot(), namespace).flags.find(({ key }) => key === flagKey);
}

/**
 * What the flag's constraints read of the context, each property read once: the engine compares these, too. Values that
 * count as absent are told of.
 */
function textsOf(flag: DocumentFlag, context: EvaluationContext): {
  readonly texts: Record<string, string>;
  readonly ignored: ReadonlyMap<string, string>;
} {
  // Without a prototype, so that `__proto__` is a property like any other.
  const texts: Record<string, string> = Object.create(null);
  const ignored = new Map<string, string>();
  for (const { constraints } of segmentsOf(flag)) {
    for (const constraint of constraints) {
      const { property } = constraint;
      if (isOfEntity(constraint) || property in texts) continue;
      const value = context[property];
      const text = valueText(value, property).toWellFormed();
      texts[property] = text;
      if (text === "" && value !== undefined && value !== null && value !== "") {
        ignored.set(property, ignoredValue(property, value));
      }
    }
  }
  return { texts, ignored };
}

function segmentsOf({ rules, rollouts }: DocumentFlag): DocumentSegment[] {
  return [
    ...(rules ?? []).flatMap(({ segments }) => segments ?? []),
    ...(rollouts ?? []).flatMap(({ segment }) => segment?.segments ?? []),
  ];
}

function isOfEntity({ type }: DocumentConstraint): boolean {
  return type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE";
}

function bucketOf(input: string, modulus: number): ExplainedBucket {
  const hash = crcFinish(crcUpdate(CRC_START, input));
  return { input, hash, modulus, bucket: hash % modulus };
}

function quotedList(source: DocumentFlag): Flag {
  const { key, enabled, description, defaultVariant } = source;
  const flag: Flag = { key, enabled, type: isBoolean(source) ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE" };
  if (typeof description === "string") flag.description = description;
  if (defaultVariant) {
    const { id, key, attachment } = defaultVariant;
    flag.defaultVariant = typeof attachment === "string" ? { id, key, attachment } : { id, key };
  }
  return flag;
}
