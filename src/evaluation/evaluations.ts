// Evaluating: the part of a client that answers from whatever state it is given, and knows nothing of where states come
// from.

import type { CompiledState, EngineInfo, SharedReading } from "../../engines/engine.ts";
import { noteMissingContext, withAdvice } from "./advice.ts";
import { attachedParts, keepParts, partsOf } from "./client_parts.ts";
import type { CheckedRequest } from "./evaluation_input.ts";
import {
  checkBatch,
  checkBatchRequest,
  checkContext,
  checkKey,
  checkList,
  evaluationFailure,
} from "./evaluation_input.ts";
import type { BooleanExplanation, Explanation, VariantExplanation } from "./explain/explanation.ts";
import type { HookRunner } from "./hook_runner.ts";
import type { HookRequest } from "./hooks.ts";
import type {
  AnyFlags,
  BatchAnswer,
  BatchRequest,
  BooleanAnswer,
  BooleanFlagKey,
  ContextOf,
  FlagTypes,
  RequestOf,
  VariantAnswer,
  VariantFlagKey,
} from "./typed_flags.ts";
import type {
  BatchEvaluationResponse,
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationRequest,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "../../core/types.ts";

/** How many evaluations of a batch share one look at the clock: together they take a few microseconds. */
const BATCH_STEP = 16;

function timeOf(state: CompiledState): number {
  return state.now?.() ?? Date.now();
}

/** Where what calls the hooks of a client is, once it is loaded. */
export interface HookSlot {
  /** It; an evaluation that nothing was called before has nothing to call afterwards. */
  runner?: HookRunner;
}

/** What evaluations are answered from. */
export interface EvaluationParts {
  /** Gives the state that answers now; it throws when there is none any more. */
  readonly holder: { readonly answering: CompiledState; readonly hasState?: boolean };
  /** What calls the hooks; `null` without any, which is one comparison on the way of an evaluation. */
  readonly hooks: HookSlot | null;
  /** Which engine evaluates, and why. */
  readonly engine: EngineInfo;
  /** The namespace of the flags. */
  readonly namespace: string;
}

/** The calls of every client that throw if there is no answer; those of `SafeEvaluations` do not. */
export abstract class Evaluations<out Flags extends FlagTypes<Flags> = AnyFlags> {
  // What an evaluation needs, once more: a field is found faster than the parts, which a Proxy shows, too.
  readonly #holder: { readonly answering: CompiledState };
  readonly #hooks: HookSlot | null;

  /** Takes the parts over. */
  constructor(parts: EvaluationParts) {
    keepParts(this, parts);
    this.#holder = parts.holder;
    this.#hooks = parts.hooks;
  }

  /** Which engine evaluates, and why. */
  get engine(): EngineInfo {
    return attachedParts<EvaluationParts>(this, "engine").engine;
  }

  /**
   * Evaluates a variant flag.
   *
   * @returns a new object, which the caller may keep and change.
   * @throws {ValidationError} when the flag key or entity id is not a string or is blank, or the context is not an
   * object.
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
  evaluateVariant<Key extends VariantFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
  ): VariantAnswer<Flags, Key>;
  /** Evaluates a variant flag for an entity. */
  evaluateVariant<Key extends VariantFlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
  ): VariantAnswer<Flags, Key>;
  // The last is the one whose parameters `Parameters<…>` gives.
  /** Evaluates a variant flag. */
  evaluateVariant<Key extends VariantFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
  ): VariantAnswer<Flags, Key>;
  evaluateVariant(
    request: EvaluationRequest<string, unknown> | string,
    entityId?: unknown,
    context?: unknown,
  ): VariantEvaluationResponse {
    let flagKey: unknown = request;
    if (typeof request === "object" && request !== null) {
      flagKey = request.flagKey;
      entityId = request.entityId;
      context = request.context;
      if (context === undefined) noteMissingContext(request, this);
    }
    checkKey("flagKey", flagKey, request);
    checkKey("entityId", entityId, request);
    let hooked: HookRequest | undefined;
    try {
      const hooks = (#hooks in this ? this.#hooks : partsOf<EvaluationParts>(this).hooks)?.runner;
      const holder = #holder in this ? this.#holder : partsOf<EvaluationParts>(this).holder;
      hooked = hooks?.before(flagKey, entityId, context);
      const checked = checkContext(context);
      const state = holder.answering;
      const response = state.evaluateVariant(flagKey, entityId, checked);
      if (hooked !== undefined) hooks?.afterVariant(hooked, response, state.digest);
      return response;
    } catch (error) {
      throw failureOf(this, "evaluateVariant", error, flagKey, entityId, context, hooked);
    }
  }

  /**
   * Evaluates a boolean flag.
   *
   * @returns a new object, which the caller may keep and change.
   * @throws {ValidationError} when the flag key or entity id is not a string or is blank, or the context is not an
   * object.
   * @throws {EvaluationError} when the flag is unknown or a variant flag, and while the client has failed or is closed.
   */
  evaluateBoolean<Key extends BooleanFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
  ): BooleanAnswer<Flags, Key>;
  /** Evaluates a boolean flag for an entity. */
  evaluateBoolean<Key extends BooleanFlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
  ): BooleanAnswer<Flags, Key>;
  // The last is the one whose parameters `Parameters<…>` gives.
  /** Evaluates a boolean flag. */
  evaluateBoolean<Key extends BooleanFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
  ): BooleanAnswer<Flags, Key>;
  evaluateBoolean(
    request: EvaluationRequest<string, unknown> | string,
    entityId?: unknown,
    context?: unknown,
  ): BooleanEvaluationResponse {
    let flagKey: unknown = request;
    if (typeof request === "object" && request !== null) {
      flagKey = request.flagKey;
      entityId = request.entityId;
      context = request.context;
      if (context === undefined) noteMissingContext(request, this);
    }
    checkKey("flagKey", flagKey, request);
    checkKey("entityId", entityId, request);
    let hooked: HookRequest | undefined;
    try {
      const hooks = (#hooks in this ? this.#hooks : partsOf<EvaluationParts>(this).hooks)?.runner;
      const holder = #holder in this ? this.#holder : partsOf<EvaluationParts>(this).holder;
      hooked = hooks?.before(flagKey, entityId, context);
      const checked = checkContext(context);
      const state = holder.answering;
      const response = state.evaluateBoolean(flagKey, entityId, checked);
      if (hooked !== undefined) hooks?.afterBoolean(hooked, response, state.digest);
      return response;
    } catch (error) {
      throw failureOf(this, "evaluateBoolean", error, flagKey, entityId, context, hooked);
    }
  }

  /**
   * Evaluates several flags, of either type, against one state. An unknown flag becomes an entry of type
   * `ERROR_EVALUATION_RESPONSE_TYPE`. Hooks run before the first and after the last evaluation. In a batch whose requests
   * have one object as their context, each of its properties is read once.
   *
   * @returns the answers, in the order of the requests.
   * @throws {ValidationError} when a request is not usable; the message says which, and nothing has been evaluated.
   * @throws {EvaluationError} while the client has failed or is closed.
   */
  evaluateBatch<Request extends BatchRequest<Flags>>(
    requests: readonly Request[],
  ): BatchEvaluationResponse<BatchAnswer<Flags, Request["flagKey"]>>;
  evaluateBatch(requests: unknown): BatchEvaluationResponse<unknown> {
    const list = checkList(requests);
    const { holder, hooks: slot, namespace } = attachedParts<EvaluationParts>(this, "evaluateBatch");
    const hooks = slot?.runner;
    const start = timeOf(holder.answering);
    // Only a hook can tell whether all requests are checked before the first is evaluated.
    const checked = hooks === undefined ? undefined : checkBatch(list, this);
    const hooked = checked === undefined ? undefined : hooks?.beforeBatch(checked);
    const responses: EvaluationResponse[] = [];
    let at = start;
    const shared: SharedReading = { reading: 0 };
    let last: EvaluationContext | undefined;
    let isSame = true;
    let state: CompiledState;
    try {
      state = holder.answering;
      // By index, so that a hole is looked at, too: it is no request.
      for (let i = 0; i < list.length; i++) {
        if (i % BATCH_STEP === 0 && i > 0) at = timeOf(state);
        const request = checked === undefined
          ? checkBatchRequest(list[i], i, this)
          : checked[i] as CheckedRequest;
        // Reading a context for others, too, costs a little more: as long as the requests before shared one, and at first.
        const wasSame = isSame;
        isSame = request.context === last;
        if (!isSame) shared.reading = 0;
        last = request.context;
        responses.push(batchEntry(state, namespace, request, at, isSame || wasSame ? shared : undefined));
      }
    } catch (error) {
      // A request that cannot be used is told first, wherever it is.
      if (checked === undefined) checkBatch(list, this);
      if (hooked !== undefined) allFailed(hooks, hooked, error);
      throw error;
    }
    if (hooked !== undefined) hooks?.afterBatch(hooked, responses, state.digest);
    return { responses, requestDurationMillis: timeOf(state) - start };
  }

  /**
   * Explains step by step how a variant flag arrives at its answer: for debugging, not for decisions. Hooks do not run.
   *
   * @returns the steps and the answer, from one state; `explanationText` turns it into text.
   * @throws {ValidationError} (rejects) as `evaluateVariant` throws it.
   * @throws {EvaluationError} (rejects) as `evaluateVariant` throws it.
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
   * const { why, result } = await client.explain("variant", { flagKey: "banner", entityId: "user-1" });
   * console.assert(why === 'the flag has no rules, and the default variant is "winter"');
   * console.assert(result.variantKey === "winter");
   * ```
   */
  explain<Key extends VariantFlagKey<Flags>>(
    type: "variant",
    request: RequestOf<Flags, Key>,
  ): Promise<VariantExplanation<VariantAnswer<Flags, Key>>>;
  /** Explains step by step how a boolean flag arrives at its answer. */
  explain<Key extends BooleanFlagKey<Flags>>(
    type: "boolean",
    request: RequestOf<Flags, Key>,
  ): Promise<BooleanExplanation<BooleanAnswer<Flags, Key>>>;
  /** Explains step by step how a variant flag arrives at its answer for an entity. */
  explain<Key extends VariantFlagKey<Flags>>(
    type: "variant",
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
  ): Promise<VariantExplanation<VariantAnswer<Flags, Key>>>;
  /** Explains step by step how a boolean flag arrives at its answer for an entity. */
  explain<Key extends BooleanFlagKey<Flags>>(
    type: "boolean",
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
  ): Promise<BooleanExplanation<BooleanAnswer<Flags, Key>>>;
  async explain(type: unknown, ...asked: readonly unknown[]): Promise<Explanation> {
    const parts = attachedParts<EvaluationParts>(this, "explain");
    const { explainUnchecked } = await import("./explain/explain.ts");
    return explainUnchecked(parts, type, ...asked);
  }

  /**
   * Returns the flags of the namespace.
   *
   * @throws {EvaluationError} while the client has failed or is closed.
   */
  listFlags(): Flag[] {
    return attachedParts<EvaluationParts>(this, "listFlags").holder.answering.listFlags();
  }

  /**
   * Returns the flag state as base64 text, for the option `snapshot` of a client that starts without Flipt.
   *
   * @throws {EvaluationError} when there is no state yet, and while the client has failed or is closed.
   */
  getSnapshot(): string {
    return attachedParts<EvaluationParts>(this, "getSnapshot").holder.answering.snapshot();
  }
}

function batchEntry(
  state: CompiledState,
  namespace: string,
  request: CheckedRequest,
  at: number,
  shared: SharedReading | undefined,
): EvaluationResponse {
  const { flagKey, entityId, context } = request;
  try {
    const response = state.evaluate(flagKey, entityId, context, at, shared);
    if (response !== undefined) return response;
  } catch (error) {
    throw entryFailure(state, request, error, at);
  }
  return {
    type: "ERROR_EVALUATION_RESPONSE_TYPE",
    errorEvaluationResponse: {
      flagKey,
      namespaceKey: namespace,
      reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
    },
  };
}

// What a failed evaluation throws is made apart: a closure in the evaluation itself would keep what it sees on the heap,
// evaluation by evaluation.

function failureOf(
  client: object,
  method: "evaluateVariant" | "evaluateBoolean",
  error: unknown,
  flagKey: string,
  entityId: string,
  context: unknown,
  hooked: HookRequest | undefined,
): unknown {
  const parts = attachedParts<EvaluationParts>(client, method);
  const failure = evaluationFailure(
    flagKey,
    withAdvice(error, flagKey, parts),
    context,
    (known) => parts.holder.answering[method](flagKey, entityId, known),
  );
  if (hooked !== undefined) parts.hooks?.runner?.failed(hooked, failure);
  return failure;
}

function allFailed(hooks: HookRunner | undefined, requests: readonly HookRequest[], error: unknown): void {
  for (const each of requests) hooks?.failed(each, error);
}

function entryFailure(state: CompiledState, request: CheckedRequest, error: unknown, at: number): unknown {
  const { flagKey, entityId, context } = request;
  return evaluationFailure(flagKey, error, context, (known) => state.evaluate(flagKey, entityId, known, at));
}
