// States that stand where no compiled state can answer, so that the evaluation path need not ask whether one is there.

import type { CompiledState } from "../../engines/engine.ts";
import { unknownFlag } from "../../engines/messages.ts";
import { EvaluationError } from "../../core/errors.ts";
import type { BooleanEvaluationResponse, Flag, VariantEvaluationResponse } from "../../core/types.ts";

/** Nothing was fetched yet: no flag is known. */
export class EmptyState implements CompiledState {
  readonly digest = undefined;
  readonly #namespace: string;

  /** An empty state of `namespace`. */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  evaluate(): undefined {
    return undefined;
  }

  evaluateVariant(flagKey: string): VariantEvaluationResponse {
    throw unknownFlag(this.#namespace, flagKey);
  }

  evaluateBoolean(flagKey: string): BooleanEvaluationResponse {
    throw unknownFlag(this.#namespace, flagKey);
  }

  listFlags(): Flag[] {
    return [];
  }

  changedFlags(previous: CompiledState): string[] {
    return previous.listFlags().map(({ key }) => key);
  }

  snapshot(): string {
    // An empty snapshot would be taken for a good one and could replace one on disk.
    throw new EvaluationError("there is no flag state to take a snapshot of: none has been fetched yet");
  }

  release(): void {}
}

/** Every question is answered with an error. */
export class UnavailableState implements CompiledState {
  readonly digest = undefined;
  readonly #reason: () => EvaluationError;

  /** A state that throws what `reason` makes, anew each time so that stacks show the caller. */
  constructor(reason: () => EvaluationError) {
    this.#reason = reason;
  }

  evaluate(): undefined {
    throw this.#reason();
  }

  evaluateVariant(): VariantEvaluationResponse {
    throw this.#reason();
  }

  evaluateBoolean(): BooleanEvaluationResponse {
    throw this.#reason();
  }

  listFlags(): Flag[] {
    throw this.#reason();
  }

  changedFlags(): string[] {
    throw this.#reason();
  }

  snapshot(): string {
    throw this.#reason();
  }

  release(): void {}
}
