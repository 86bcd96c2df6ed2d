// Evaluating: the part of a client that answers from whatever state it is given, and knows nothing of where states come
// from.

import type { CompiledState, EngineInfo } from "../engines/engine.ts";
import type { CheckedRequest } from "./evaluation_input.ts";
import { checkBatch, checkContext, checkKey, evaluationFailure } from "./evaluation_input.ts";
import type { HookRunner } from "./hooks.ts";
import type {
  BatchEvaluationResponse,
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationRequest,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "./types.ts";

/** What evaluations are answered from. */
export interface EvaluationParts {
  /** Gives the state that answers now; it throws when there is none any more. */
  readonly holder: { readonly answering: CompiledState };
  /** The hooks; `null` without any, which is one comparison on the way of an evaluation. */
  readonly hooks: HookRunner | null;
  /** Which engine evaluates, and why. */
  readonly engine: EngineInfo;
  /** The namespace of the flags. */
  readonly namespace: string;
}

/** What every client can be asked. */
export abstract class Evaluations {
  readonly #holder: { readonly answering: CompiledState };
  readonly #hooks: HookRunner | null;
  readonly #engine: EngineInfo;
  readonly #namespace: string;

  /** Takes the parts over. */
  constructor({ holder, hooks, engine, namespace }: EvaluationParts) {
    this.#holder = holder;
    this.#hooks = hooks;
    this.#engine = engine;
    this.#namespace = namespace;
  }

  /** Which engine evaluates, and why. */
  get engine(): EngineInfo {
    return this.#engine;
  }

  /**
   * Evaluates a variant flag.
   *
   * @returns a new object that is the caller's to keep and change.
   * @throws {ValidationError} when the flag key or entity id is no string or blank, or the context is no object.
   * @throws {EvaluationError} when the flag is unknown or a boolean flag, and while the client has failed or is closed.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{ key: "banner", name: "", enabled: true, defaultVariant: { id: "1", key: "winter" } }],
   *   }),
   * });
   * const { variantKey } = client.evaluateVariant("banner", "user-1", { country: "NL" });
   * console.assert(variantKey === "winter");
   * ```
   */
  evaluateVariant(request: EvaluationRequest): VariantEvaluationResponse;
  /** Evaluates a variant flag for an entity. */
  evaluateVariant(
    flagKey: string,
    entityId: string,
    context?: EvaluationContext | null,
  ): VariantEvaluationResponse;
  evaluateVariant(
    request: EvaluationRequest | string,
    entityId?: unknown,
    context?: unknown,
  ): VariantEvaluationResponse {
    let flagKey: unknown = request;
    if (typeof request === "object" && request !== null) {
      flagKey = request.flagKey;
      entityId = request.entityId;
      context = request.context;
    }
    checkKey("flagKey", flagKey);
    checkKey("entityId", entityId);
    try {
      const checked = checkContext(context);
      if (this.#hooks !== null) return this.#hookedVariant(this.#hooks, flagKey, entityId, checked);
      return this.#holder.answering.evaluateVariant(flagKey, entityId, checked);
    } catch (error) {
      throw evaluationFailure(flagKey, error);
    }
  }

  /**
   * Evaluates a boolean flag.
   *
   * @returns a new object that is the caller's to keep and change.
   * @throws {ValidationError} when the flag key or entity id is no string or blank, or the context is no object.
   * @throws {EvaluationError} when the flag is unknown or a variant flag, and while the client has failed or is closed.
   */
  evaluateBoolean(request: EvaluationRequest): BooleanEvaluationResponse;
  /** Evaluates a boolean flag for an entity. */
  evaluateBoolean(
    flagKey: string,
    entityId: string,
    context?: EvaluationContext | null,
  ): BooleanEvaluationResponse;
  evaluateBoolean(
    request: EvaluationRequest | string,
    entityId?: unknown,
    context?: unknown,
  ): BooleanEvaluationResponse {
    let flagKey: unknown = request;
    if (typeof request === "object" && request !== null) {
      flagKey = request.flagKey;
      entityId = request.entityId;
      context = request.context;
    }
    checkKey("flagKey", flagKey);
    checkKey("entityId", entityId);
    try {
      const checked = checkContext(context);
      if (this.#hooks !== null) return this.#hookedBoolean(this.#hooks, flagKey, entityId, checked);
      return this.#holder.answering.evaluateBoolean(flagKey, entityId, checked);
    } catch (error) {
      throw evaluationFailure(flagKey, error);
    }
  }

  /**
   * Evaluates several flags, of either type, against one and the same state. A flag that is unknown becomes an entry
   * of type `ERROR_EVALUATION_RESPONSE_TYPE`. Hooks run before the first and after the last evaluation.
   *
   * @returns the answers, in the order of the requests.
   * @throws {ValidationError} when a request is not usable; it says which, and nothing has been evaluated then.
   * @throws {EvaluationError} while the client has failed or is closed.
   */
  evaluateBatch(requests: readonly EvaluationRequest[]): BatchEvaluationResponse {
    const start = Date.now();
    const checked = checkBatch(requests);
    const hooks = this.#hooks;
    if (hooks !== null) { for (const request of checked) hooks.before(request.flagKey); }
    const state = this.#holder.answering;
    const responses = checked.map((request) => this.#batchEntry(state, request));
    if (hooks !== null) {
      for (const response of responses) {
        if (response.type === "VARIANT_EVALUATION_RESPONSE_TYPE") {
          hooks.afterVariant(response.variantEvaluationResponse);
        } else if (response.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE") {
          hooks.afterBoolean(response.booleanEvaluationResponse);
        }
      }
    }
    return { responses, requestDurationMillis: Date.now() - start };
  }

  /**
   * The flags of the namespace.
   *
   * @throws {EvaluationError} while the client has failed or is closed.
   */
  listFlags(): Flag[] {
    return this.#holder.answering.listFlags();
  }

  /**
   * The flag state as base64 text, for the option `snapshot` of a client that starts where Flipt cannot be reached.
   *
   * @throws {EvaluationError} when there is no state yet, and while the client has failed or is closed.
   */
  getSnapshot(): string {
    return this.#holder.answering.snapshot();
  }

  #hookedVariant(
    hooks: HookRunner,
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): VariantEvaluationResponse {
    hooks.before(flagKey);
    const response = this.#holder.answering.evaluateVariant(flagKey, entityId, context);
    hooks.afterVariant(response);
    return response;
  }

  #hookedBoolean(
    hooks: HookRunner,
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
  ): BooleanEvaluationResponse {
    hooks.before(flagKey);
    const response = this.#holder.answering.evaluateBoolean(flagKey, entityId, context);
    hooks.afterBoolean(response);
    return response;
  }

  #batchEntry(state: CompiledState, request: CheckedRequest): EvaluationResponse {
    const { flagKey, entityId, context } = request;
    try {
      switch (state.flagType(flagKey)) {
        case "VARIANT_FLAG_TYPE":
          return {
            type: "VARIANT_EVALUATION_RESPONSE_TYPE",
            variantEvaluationResponse: state.evaluateVariant(flagKey, entityId, context),
          };
        case "BOOLEAN_FLAG_TYPE":
          return {
            type: "BOOLEAN_EVALUATION_RESPONSE_TYPE",
            booleanEvaluationResponse: state.evaluateBoolean(flagKey, entityId, context),
          };
      }
    } catch (error) {
      throw evaluationFailure(flagKey, error);
    }
    return {
      type: "ERROR_EVALUATION_RESPONSE_TYPE",
      errorEvaluationResponse: {
        flagKey,
        namespaceKey: this.#namespace,
        reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
      },
    };
  }
}
