// An engine of the reference library as a compiled state. Every request is written here, from strings: the library ends
// the process over JSON that it does not like.

import { EngineError, EvaluationError } from "../../core/errors.ts";
import type {
  BooleanEvaluationResponse,
  DefaultVariant,
  EvaluationContext,
  EvaluationReason,
  EvaluationResponse,
  Flag,
  FlagType,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { contextText } from "../rules/context.ts";
import { booleanAnswer, booleanEntry, variantAnswer, variantEntry } from "../answers.ts";
import type { CompiledState } from "../engine.ts";
import { allKeys, differingKeys } from "../flag_content.ts";
import { released } from "../messages.ts";
import type { InitializedEngine } from "./initialization.ts";
import type { Initializer } from "./initializer.ts";
import type { Answer, ReferenceLibrary } from "./reference_library.ts";

interface VariantAnswer {
  readonly match: boolean;
  readonly segment_keys: string[];
  readonly reason: EvaluationReason;
  readonly flag_key: string;
  readonly variant_key: string;
  readonly variant_attachment?: string | null;
  readonly request_duration_millis: number;
  readonly timestamp: string;
}

interface BooleanAnswer {
  readonly enabled: boolean;
  readonly flag_key: string;
  readonly reason: EvaluationReason;
  readonly request_duration_millis: number;
  readonly timestamp: string;
  readonly segment_keys: string[];
}

interface FlagAnswer {
  readonly key: string;
  readonly enabled: boolean;
  readonly type: FlagType;
  readonly description?: string | null;
  readonly default_variant?:
    | { readonly id: string; readonly key: string; readonly attachment?: string | null }
    | null;
}

/** An engine that is used until it is released, and destroyed exactly once. */
export class ReferenceState implements CompiledState {
  readonly digest: string | undefined;
  readonly #library: ReferenceLibrary;
  readonly #initializer: Initializer;
  #engine: bigint;
  #contents: ReadonlyMap<string, number>;
  #flagTypes: ReadonlyMap<string, FlagType> | undefined;

  /** Takes over the engine. */
  constructor(library: ReferenceLibrary, initializer: Initializer, initialized: InitializedEngine) {
    this.#library = library;
    this.#initializer = initializer;
    this.#engine = initialized.engine;
    this.#contents = initialized.contents;
    this.digest = initialized.digest;
  }

  evaluateVariant(flagKey: string, entityId: string, context: EvaluationContext): VariantEvaluationResponse {
    const answer: VariantAnswer = this.#evaluate("variant", flagKey, entityId, context);
    return variantAnswer(
      answer.flag_key,
      answer.match,
      answer.segment_keys,
      answer.reason,
      answer.variant_key,
      answer.variant_attachment ?? undefined,
      answer.request_duration_millis,
      answer.timestamp,
    );
  }

  evaluateBoolean(flagKey: string, entityId: string, context: EvaluationContext): BooleanEvaluationResponse {
    const answer: BooleanAnswer = this.#evaluate("boolean", flagKey, entityId, context);
    return booleanAnswer(
      answer.flag_key,
      answer.enabled,
      answer.segment_keys,
      answer.reason,
      answer.request_duration_millis,
      answer.timestamp,
    );
  }

  evaluate(flagKey: string, entityId: string, context: EvaluationContext): EvaluationResponse | undefined {
    switch (this.#typeOf(flagKey)) {
      case "VARIANT_FLAG_TYPE":
        return variantEntry(this.evaluateVariant(flagKey, entityId, context));
      case "BOOLEAN_FLAG_TYPE":
        return booleanEntry(this.evaluateBoolean(flagKey, entityId, context));
    }
    return undefined;
  }

  listFlags(): Flag[] {
    return this.#listFlags().map((answer) => {
      const flag: Flag = { key: answer.key, enabled: answer.enabled, type: answer.type };
      if (typeof answer.description === "string") flag.description = answer.description;
      if (answer.default_variant) flag.defaultVariant = defaultVariant(answer.default_variant);
      return flag;
    });
  }

  snapshot(): string {
    return this.#library.snapshot(this.#live());
  }

  changedFlags(previous: CompiledState): string[] {
    if (!(previous instanceof ReferenceState)) return allKeys(this, previous);
    return differingKeys(this.#contents, previous.#contents, (content, before) => content === before);
  }

  release(): void {
    const engine = this.#engine;
    this.#engine = 0n;
    this.#flagTypes = undefined;
    this.#contents = new Map();
    if (engine !== 0n) this.#initializer.destroy(engine);
  }

  #live(): bigint {
    if (this.#engine === 0n) throw released();
    return this.#engine;
  }

  #evaluate<T>(
    type: "variant" | "boolean",
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): T {
    const request = JSON.stringify({
      flag_key: flagKey.toWellFormed(),
      entity_id: entityId.toWellFormed(),
      context: texts(context),
    });
    const answer: Answer<T> = this.#library.evaluate(type, this.#live(), request);
    if (answer.result) return answer.result;
    throw new EvaluationError(answer.error_message ?? "the reference library failed without a reason", {
      code: this.#typeOf(flagKey) === undefined ? "FLAG_NOT_FOUND" : "TYPE_MISMATCH",
    });
  }

  #typeOf(flagKey: string): FlagType | undefined {
    this.#flagTypes ??= new Map(this.#listFlags().map(({ key, type }) => [key, type]));
    return this.#flagTypes.get(flagKey.toWellFormed());
  }

  #listFlags(): readonly FlagAnswer[] {
    const answer = this.#library.listFlags<FlagAnswer>(this.#live());
    if (answer.result) return answer.result;
    throw new EngineError(answer.error_message ?? "the reference library failed without a reason");
  }
}

/**
 * The context as strings. A key with lone surrogates is left out: no document can name it, and made well-formed it could
 * be the same as another.
 */
function texts(context: EvaluationContext): Record<string, string> {
  // Without a prototype, so that `__proto__` is a key like any other.
  const result: Record<string, string> = Object.create(null);
  for (const key of Object.keys(context)) {
    if (!key.isWellFormed()) continue;
    const text = contextText(context, key);
    if (text !== "") result[key] = text.toWellFormed();
  }
  return result;
}

function defaultVariant({ id, key, attachment }: NonNullable<FlagAnswer["default_variant"]>): DefaultVariant {
  return typeof attachment === "string" ? { id, key, attachment } : { id, key };
}
