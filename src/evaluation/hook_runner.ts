// Calls the hooks of a client, and takes care that none of them can break an evaluation. Loaded where a client has hooks.

import { isObject } from "../../core/describe.ts";
import { EvaluationError, ValidationError } from "../../core/errors.ts";
import { unknownFlag } from "../../engines/messages.ts";
import { UserCallbacks, type Warn } from "../../core/user_callbacks.ts";
import type { CheckedRequest } from "./evaluation_input.ts";
import { isOverridden } from "./overrides.ts";
import type { EvaluationHook, HookRequest } from "./hooks.ts";
import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../../core/types.ts";

let runners = 0;

/** Calls the hooks of one client, in the order they were given. */
export class HookRunner {
  readonly #hooks: readonly Partial<EvaluationHook>[];
  readonly #callbacks: UserCallbacks;
  readonly #tellsErrors: boolean;
  /** The requests of the answers whose attachments can still turn out to be unusable. */
  readonly #answered = new WeakMap<object, HookRequest>();
  /** The errors that were told of. */
  readonly #told = new WeakSet<object>();
  /** Apart from that of other clients, in this process and in others. */
  readonly #prefix = `${Math.random().toString(36).slice(2, 10)}${++runners}-`;
  #calls = 0;

  /** Takes the hooks as they are now; `warn` is told of those that fail. */
  constructor(hooks: readonly Partial<EvaluationHook>[], warn?: Warn) {
    this.#hooks = [...hooks];
    this.#tellsErrors = hooks.some(({ error }) => error !== undefined);
    this.#callbacks = new UserCallbacks(warn);
  }

  /** Before an evaluation. Gives what has to be handed over at its end. */
  before(
    flagKey: string,
    entityId: string,
    given: unknown,
    requestId: string = this.#nextId(),
  ): HookRequest {
    const context = (given ?? {}) as EvaluationContext;
    for (const hook of this.#hooks) {
      if (hook.before === undefined) continue;
      const data = { flagKey, entityId, context, requestId };
      this.#run(hook, () => hook.before?.(data));
    }
    return { flagKey, entityId, context, requestId };
  }

  /** After the evaluation of a variant flag. */
  afterVariant(request: HookRequest, response: VariantEvaluationResponse, digest: string | undefined): void {
    this.#after(request, "variant", response.variantKey, response, response.variantAttachment, digest);
  }

  /** After the evaluation of a boolean flag. */
  afterBoolean(request: HookRequest, response: BooleanEvaluationResponse, digest: string | undefined): void {
    this.#after(request, "boolean", response.enabled ? "true" : "false", response, undefined, digest);
  }

  /** After an evaluation that has no answer. */
  failed(request: HookRequest, error: unknown): void {
    this.#error(request, error);
    this.#finally(request);
  }

  /**
   * A default stands in where an evaluation had an answer whose attachment cannot be used: told once for the answer, after
   * the other stages.
   */
  unusable(response: object, message: string): void {
    const request = this.#answered.get(response);
    if (request === undefined) return;
    this.#answered.delete(response);
    this.#error(request, new EvaluationError(message, { code: "INVALID_ATTACHMENT" }));
  }

  /** A default stands in where an evaluation was refused before its hooks ran: they run now, once for the error. */
  refused(flagKey: string, entityId: string, context: unknown, error: unknown): void {
    if (error instanceof ValidationError && !this.#told.has(error)) {
      this.failed(this.before(flagKey, entityId, context), error);
    }
  }

  /** Before a batch. */
  beforeBatch(requests: readonly CheckedRequest[]): HookRequest[] {
    const requestId = this.#nextId();
    return requests.map(({ flagKey, entityId, context }) =>
      this.before(flagKey, entityId, context, requestId)
    );
  }

  /** After a batch, whose responses are in the order of its requests. */
  afterBatch(
    requests: readonly HookRequest[],
    responses: readonly EvaluationResponse[],
    digest: string | undefined,
  ): void {
    for (const [index, request] of requests.entries()) {
      const { variantEvaluationResponse, booleanEvaluationResponse, errorEvaluationResponse } =
        responses[index] ?? {};
      if (variantEvaluationResponse) this.afterVariant(request, variantEvaluationResponse, digest);
      else if (booleanEvaluationResponse) this.afterBoolean(request, booleanEvaluationResponse, digest);
      else if (errorEvaluationResponse) {
        const { namespaceKey, flagKey } = errorEvaluationResponse;
        this.failed(request, unknownFlag(namespaceKey, flagKey));
      }
    }
  }

  #after(
    request: HookRequest,
    flagType: string,
    value: string,
    response: VariantEvaluationResponse | BooleanEvaluationResponse,
    attachment: string | undefined,
    digest: string | undefined,
  ): void {
    const { flagKey, entityId, context, requestId } = request;
    if (this.#tellsErrors && attachment !== undefined) this.#answered.set(response, request);
    const { reason } = response;
    const isOverride = isOverridden(response) ? { overridden: true } as const : undefined;
    for (const hook of this.#hooks) {
      if (hook.after === undefined) continue;
      // Each hook has its own data: what one does to it reaches neither the next nor the answer.
      const segmentKeys = [...response.segmentKeys];
      this.#run(hook, () =>
        hook.after?.({
          flagKey,
          entityId,
          context,
          requestId,
          flagType,
          value,
          reason,
          segmentKeys,
          attachment,
          digest,
          ...isOverride,
        }));
    }
    this.#finally(request);
  }

  #error(request: HookRequest, error: unknown): void {
    if (isObject(error)) this.#told.add(error);
    for (const hook of this.#hooks) {
      if (hook.error !== undefined) this.#run(hook, () => hook.error?.({ ...request, error }));
    }
  }

  #finally(request: HookRequest): void {
    for (const hook of this.#hooks) {
      if (hook.finally !== undefined) this.#run(hook, () => hook.finally?.({ ...request }));
    }
  }

  #run(hook: Partial<EvaluationHook>, call: () => unknown): void {
    this.#callbacks.run(hook, "flipt: a hook failed; the evaluation continues", call);
  }

  #nextId(): string {
    return this.#prefix + ++this.#calls;
  }
}
