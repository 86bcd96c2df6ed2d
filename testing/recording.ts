// Keeps what was evaluated, and what came of it.

import type { FlagDocument } from "../engines/document.ts";
import { PortableState } from "../engines/portable/state.ts";
import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../core/types.ts";

/** An evaluation that took place. */
export interface RecordedEvaluation {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The entity. */
  readonly entityId: string;
  /** A copy of the context; empty where none was given. */
  readonly context: EvaluationContext;
  /** A copy of the answer; `undefined` when there was none. */
  readonly result: VariantEvaluationResponse | BooleanEvaluationResponse | undefined;
  /** Why there was no answer: the flag is unknown, or of the other type. */
  readonly error: Error | undefined;
}

/** The evaluations that took place, the latest last. */
export interface RecordedEvaluations extends ReadonlyArray<RecordedEvaluation> {
  /** Forgets them. */
  clear(): void;
}

/** A list to record in; its own methods make it no other list than any array for a comparison. */
export function evaluationList(): RecordedEvaluation[] & RecordedEvaluations {
  const list: RecordedEvaluation[] = [];
  return Object.defineProperty(list, "clear", {
    value: () => {
      list.length = 0;
    },
  }) as RecordedEvaluation[] & RecordedEvaluations;
}

/** A state of the portable engine that records what it is asked. */
export class RecordingState extends PortableState {
  readonly #record: (evaluation: RecordedEvaluation) => void;

  /** Tells `record` of each evaluation. */
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
    given: EvaluationContext,
    evaluate: () => Result,
  ): Result {
    const asked = { flagKey, entityId, context: { ...given } };
    try {
      const result = evaluate();
      this.#record({
        ...asked,
        result: { ...result, segmentKeys: [...result.segmentKeys] },
        error: undefined,
      });
      return result;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#record({ ...asked, result: undefined, error });
      throw thrown;
    }
  }
}
