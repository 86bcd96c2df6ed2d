// Records evaluations and their results.

import { isError } from "../core/errors.ts";
import type { FlagDocument } from "../engines/document.ts";
import { PortableState } from "../engines/portable/state.ts";
import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../core/types.ts";

/** A recorded evaluation. */
export interface RecordedEvaluation {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The ID of the entity. */
  readonly entityId: string;
  /** A copy of the context. @default empty */
  readonly context: EvaluationContext;
  /** A copy of the response; `undefined` when the evaluation failed. */
  readonly result: VariantEvaluationResponse | BooleanEvaluationResponse | undefined;
  /** Why the evaluation failed: the flag is unknown or of the other type. */
  readonly error: Error | undefined;
}

/** Recorded evaluations, oldest first. */
export interface RecordedEvaluations extends ReadonlyArray<RecordedEvaluation> {
  /** Removes all of them. */
  clear(): void;
}

/** Returns an empty list. Its method `clear` is not enumerable, so that it compares equal to a plain array. */
export function evaluationList(): RecordedEvaluation[] & RecordedEvaluations {
  const list: RecordedEvaluation[] = [];
  return Object.defineProperty(list, "clear", {
    value: () => {
      list.length = 0;
    },
  }) as RecordedEvaluation[] & RecordedEvaluations;
}

/** A state of the portable engine that records its evaluations. */
export class RecordingState extends PortableState {
  readonly #record: (evaluation: RecordedEvaluation) => void;

  /** Calls `record` for each evaluation. */
  constructor(
    document: FlagDocument,
    namespace: string,
    record: (evaluation: RecordedEvaluation) => void,
  ) {
    super(document, namespace);
    this.#record = record;
  }

  override evaluateVariant(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): VariantEvaluationResponse {
    return this.#recorded(
      flagKey,
      entityId,
      context,
      () => super.evaluateVariant(flagKey, entityId, context),
    );
  }

  override evaluateBoolean(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): BooleanEvaluationResponse {
    return this.#recorded(
      flagKey,
      entityId,
      context,
      () => super.evaluateBoolean(flagKey, entityId, context),
    );
  }

  override evaluate(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): EvaluationResponse | undefined {
    const response = super.evaluate(flagKey, entityId, context);
    if (response?.type === "VARIANT_EVALUATION_RESPONSE_TYPE") {
      this.#recorded(flagKey, entityId, context, () => response.variantEvaluationResponse);
    } else if (response?.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE") {
      this.#recorded(flagKey, entityId, context, () => response.booleanEvaluationResponse);
    }
    return response;
  }

  #recorded<Result extends VariantEvaluationResponse | BooleanEvaluationResponse>(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    evaluate: () => Result,
  ): Result {
    const request = { flagKey, entityId, context: { ...context } };
    try {
      const result = evaluate();
      this.#record({
        ...request,
        result: { ...result, segmentKeys: [...result.segmentKeys] },
        error: undefined,
      });
      return result;
    } catch (thrown) {
      const error = isError(thrown) ? thrown : new Error(String(thrown));
      this.#record({ ...request, result: undefined, error });
      throw thrown;
    }
  }
}
