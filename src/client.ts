// The client: answers evaluations from the held state, and takes everything apart again in the end.

import type { CompiledState, EngineInfo } from "../engines/engine.ts";
import { released } from "../engines/messages.ts";
import { chooseEngine } from "../engines/mod.ts";
import type { ClientOptions } from "./client_options.ts";
import { systemClock } from "./clock.ts";
import type { CheckedRequest } from "./evaluation_input.ts";
import { checkBatch, checkContext, checkKey, evaluationFailure } from "./evaluation_input.ts";
import type { HookRunner } from "./hooks.ts";
import { resolveOptions } from "./options.ts";
import type { Poller } from "./polling.ts";
import type { Parts, Surroundings } from "./prepare.ts";
import { prepare } from "./prepare.ts";
import { StateHolder } from "./state_holder.ts";
import type {
  BatchEvaluationResponse,
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationRequest,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "./types.ts";
import type { Updater } from "./updater.ts";

const system: Surroundings = { clock: systemClock, chooseEngine };

// Set by the class itself: its constructor is open to this file only.
let construct: (parts: Parts) => FliptClient;

/**
 * Keeps the flag state of one namespace in the process and evaluates its flags locally.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 *
 * using client = await FliptClient.init({
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * const { enabled } = client.evaluateBoolean({ flagKey: "dark-mode", entityId: "user-1", context: {} });
 * console.assert(enabled);
 * ```
 */
export class FliptClient {
  readonly #holder: StateHolder;
  readonly #hooks: HookRunner | null;
  readonly #engine: EngineInfo;
  readonly #namespace: string;
  readonly #updater: Updater;
  readonly #poller: Poller | undefined;
  readonly #lifetime: AbortController;

  static {
    construct = (parts) => new FliptClient(parts);
  }

  private constructor(parts: Parts) {
    this.#holder = parts.holder;
    this.#hooks = parts.hooks;
    this.#engine = parts.engine;
    this.#namespace = parts.namespace;
    this.#updater = parts.updater;
    this.#poller = parts.poller;
    this.#lifetime = parts.lifetime;
  }

  /**
   * Makes a client and fetches the flag state for the first time.
   *
   * @returns the client, ready to evaluate.
   * @throws {ValidationError} that lists everything wrong with the options.
   * @throws {EngineError} when an engine that was asked for cannot be had.
   * @throws {DocumentError} when `snapshot` cannot be read or is one of another namespace, with either error strategy;
   * under `"fail"` also when the server's document is not valid.
   * @throws {FetchError} under the error strategy `"fail"`, when the flag state cannot be fetched, also where a
   * snapshot is given. Under `"fallback"` the client starts from the snapshot or without any flags.
   *
   * @example
   * ```ts ignore
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * const client = await FliptClient.init({
   *   url: "https://flipt.example.com",
   *   namespace: "shop",
   *   authentication: { clientToken: "the token" },
   * });
   * ```
   */
  static init(options?: ClientOptions): Promise<FliptClient> {
    return initClient(options, system);
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
    const start = performance.now();
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
    return { responses, requestDurationMillis: Math.trunc(performance.now() - start) };
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

  /**
   * Fetches the flag state now, or joins the fetch that is under way.
   *
   * @returns true when the state changed.
   * @throws {FetchError} (rejects) when it cannot be fetched, with either error strategy: who asks is told.
   * @throws {DocumentError} (rejects) when what the server sent is not valid; the state stays as it was.
   * @throws {EvaluationError} (rejects) when the client is closed, or is closed meanwhile.
   */
  refresh(): Promise<boolean> {
    return this.#updater.update();
  }

  /** Ends polling and what is being fetched, and gives the state's memory back. Safe to call twice. */
  close(): void {
    this.#lifetime.abort(released());
    this.#poller?.stop();
    this.#holder.close();
  }

  /** Closes the client at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the client at the end of an `await using` block, and waits until nothing of it is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#updater.idle();
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

/** Makes a client in given surroundings: what `FliptClient.init` does in those of the system. */
export async function initClient(
  options: ClientOptions | undefined,
  surroundings: Surroundings,
): Promise<FliptClient> {
  const settings = resolveOptions(options);
  const { signal } = settings;
  const lifetime = new AbortController();
  const onAbort = (): void => lifetime.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const holder = new StateHolder(settings.namespace, settings.errorStrategy);
  try {
    return construct(await prepare(settings, surroundings, holder, lifetime));
  } catch (error) {
    lifetime.abort(error);
    holder.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
