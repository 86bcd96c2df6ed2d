// States that stand where no compiled state can answer, so that the evaluation path need not ask whether one is there.

import type { CompiledState } from "../../engines/engine.ts";
import { unknownFlag } from "../../engines/messages.ts";
import { EvaluationError } from "../../core/errors.ts";
import type { BooleanEvaluationResponse, Flag, VariantEvaluationResponse } from "../../core/types.ts";

/** Every question is answered with an error. */
export class UnavailableState implements CompiledState {
  readonly digest = undefined;
  readonly #reason: (flagKey: string) => EvaluationError;

  /** A state that throws what `reason` makes, anew each time so that stacks show the caller. */
  constructor(reason: (flagKey: string) => EvaluationError) {
    this.#reason = reason;
  }

  evaluate(flagKey = ""): undefined {
    throw this.#reason(flagKey);
  }

  evaluateVariant(flagKey: string): VariantEvaluationResponse {
    throw this.#reason(flagKey);
  }

  evaluateBoolean(flagKey: string): BooleanEvaluationResponse {
    throw this.#reason(flagKey);
  }

  listFlags(): Flag[] {
    return this.evaluate() ?? [];
  }

  changedFlags(previous: CompiledState): string[] {
    return previous.listFlags().map(({ key }) => key);
  }

  snapshot(): string {
    return this.evaluate() ?? "";
  }

  release(): void {}
}

/** Nothing was fetched yet: no flag is known. */
export class EmptyState extends UnavailableState {
  /** An empty state of `namespace`. */
  constructor(namespace: string) {
    super((flagKey) => unknownFlag(namespace, flagKey, "NOT_READY"));
  }

  override evaluate(): undefined {}

  override snapshot(): string {
    // An empty snapshot would be taken for a good one and could replace one on disk.
    throw new EvaluationError("there is no flag state to take a snapshot of: none has been fetched yet");
  }
}
