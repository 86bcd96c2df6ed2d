// Checks what evaluations are asked with. The usual case costs a few comparisons; everything else is worded here.

import { describe, isObject, mustBe, quote } from "../../core/describe.ts";
import { FliptError, ValidationError } from "../../core/errors.ts";
import type { EvaluationContext } from "../../core/types.ts";
import { contextHint, noteMissingContext, requestHint } from "./advice.ts";

const EMPTY_CONTEXT: EvaluationContext = Object.freeze({});

/**
 * Makes sure that a flag key or an entity id is a string that is not blank.
 * @param request What it was taken from, for the message.
 * @throws {ValidationError} when it is not.
 */
export function checkKey(
  name: "flagKey" | "entityId",
  value: unknown,
  request?: unknown,
): asserts value is string {
  if (typeof value === "string") {
    const first = value.charCodeAt(0);
    // A visible ASCII character at the start, and so no blank string.
    if (first > 32 && first < 127) return;
    if (value.trim() !== "") return;
  } else if (value !== undefined && value !== null) {
    throw new ValidationError(`${name} ${mustBe("a string", value)}`);
  }
  throw new ValidationError(`${name} cannot be empty${requestHint(name, request)}`);
}

/**
 * The context to evaluate with; an absent one is empty.
 * @throws {ValidationError} when it is no object of properties.
 */
export function checkContext(context: unknown): EvaluationContext {
  if (context === undefined || context === null) return EMPTY_CONTEXT;
  // What can be gone through, as arrays, maps and headers can, and promises keep their entries where no property shows
  // them: every constraint would see an empty context.
  const { [Symbol.iterator]: iterator, [Symbol.toStringTag]: tag } = context as Partial<typeof Map.prototype>;
  if (typeof context === "object" && iterator === undefined && tag !== "Promise") {
    return context as EvaluationContext;
  }
  throw contextProblem(context);
}

function contextProblem(context: unknown): ValidationError {
  const kind = describe(context);
  return new ValidationError(
    `context must be an object such as { country: "NL" }, but is ${kind}${contextHint(kind)}`,
  );
}

/**
 * The error of a failed evaluation: what reading the context threw becomes the cause of one that says so, all else is
 * given as it is.
 * @param again Evaluates once more, with a context that notes whether reading it throws.
 */
export function evaluationFailure(
  flagKey: string,
  error: unknown,
  context: unknown,
  again: (context: EvaluationContext) => unknown,
): unknown {
  if (error instanceof FliptError || !isContextFault(context, again)) return error;
  return new ValidationError(
    `the context for flag ${quote(flagKey)} could not be read: a property of it threw`,
    {
      cause: error,
    },
  );
}

/** Whether reading the context is what throws. The evaluation itself does not pay for knowing. */
function isContextFault(context: unknown, again: (context: EvaluationContext) => unknown): boolean {
  if (typeof context !== "object" || context === null) return false;
  let isFault = false;
  const noting = new Proxy(context, {
    get(target, property): unknown {
      try {
        return Reflect.get(target, property);
      } catch (error) {
        isFault = true;
        throw error;
      }
    },
  });
  try {
    again(checkContext(noting));
  } catch {
    // It is known already, or was about something else.
  }
  return isFault;
}

/** A request of a batch that was checked; a copy, so that what getters do cannot change it. */
export interface CheckedRequest {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The entity. */
  readonly entityId: string;
  /** The context. */
  readonly context: EvaluationContext;
}

/**
 * Makes sure that a batch is a list.
 * @throws {ValidationError} when it is not.
 */
export function checkList(requests: unknown): readonly unknown[] {
  if (Array.isArray(requests)) return requests;
  throw new ValidationError(`the requests of evaluateBatch() ${mustBe("an array", requests)}`);
}

/**
 * Checks every request of a batch.
 * @throws {ValidationError} that says which request is not usable.
 */
export function checkBatch(requests: readonly unknown[], client: object): CheckedRequest[] {
  return Array.from(requests, (request, index) => checkBatchRequest(request, index, client));
}

/**
 * Checks one request of a batch.
 * @throws {ValidationError} that says which it is and why it is not usable.
 */
export function checkBatchRequest(request: unknown, index: number, client: object): CheckedRequest {
  try {
    if (!isObject(request)) {
      throw new ValidationError(`it ${mustBe("{ flagKey, entityId, context }", request)}`);
    }
    const { flagKey, entityId, context } = request;
    if (context === undefined) noteMissingContext(request, client);
    checkKey("flagKey", flagKey, request);
    checkKey("entityId", entityId, request);
    return { flagKey, entityId, context: checkContext(context) };
  } catch (error) {
    const reason = error instanceof FliptError
      ? error.message
      : "it could not be read: a property of it threw";
    throw new ValidationError(`request ${index} of the batch: ${reason}`, { cause: error });
  }
}
