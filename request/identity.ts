// Who a request is from, as a function of the user's says, and the scope that is made of it.

import { checkArgument, functionProblem } from "../core/argument_checks.ts";
import { describe, isObject, isRecord, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { EvaluationContext } from "../core/types.ts";
import type { FlagOverrides, ScopeOverrides } from "../src/evaluation/overrides.ts";
import { Overrides } from "../src/evaluation/overriding_state.ts";
import type { Scope } from "../src/evaluation/scope.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/** The user of a request. */
export interface Identity {
  /** The entity: a user, a session, a tenant. */
  readonly entityId: string;
  /** What constraints compare. @default {} */
  readonly context?: EvaluationContext;
  /**
   * Overrides for this request, such as those that `signedOverrides` of `@flipt-ffi/client/overrides` returned. Never
   * unsigned input of the request, which can contain anything.
   * @default none
   */
  readonly overrides?: FlagOverrides | undefined;
}

/** Identifies the user of a request, from the framework's request or context. */
export type Identify<Request> = (request: Request) => Identity | Promise<Identity>;

/** Creates scopes: a client, or one that is attached to it. */
export interface ScopeMaker<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Creates the scope of one request. */
  for(entityId: string, context?: EvaluationContext | null, overrides?: ScopeOverrides): Scope<Flags>;
}

/**
 * Checks what a middleware is made with. The client is only used with the first request, and may be made until then.
 * @param owner The function that makes it.
 * @throws {ValidationError} when that cannot become a client, or is not a function.
 */
export function checkMiddleware(owner: string, client: unknown, identify: unknown): void {
  const problem = isObject(client) || typeof client === "function" ? undefined : mustBe("a client", client);
  const isPromise = isObject(client) && "then" in client;
  checkArgument(`client of ${owner}()`, isPromise ? `${mustBe("a client", client)}: await it` : problem);
  checkArgument(`identify of ${owner}()`, functionProblem(identify));
}

/**
 * Makes the scope of a request.
 * @throws what `identify` throws (rejects).
 * @throws {ValidationError} (rejects) if it returns no entity.
 */
export async function scopeOf<Request>(
  client: ScopeMaker,
  identify: Identify<Request>,
  request: Request,
): Promise<Scope> {
  if (typeof client.for !== "function") {
    throw new ValidationError("the client of the middleware must be a client, but has no for()");
  }
  const identity: unknown = await identify(request);
  if (!isRecord(identity)) {
    throw new ValidationError(
      `identify must return { entityId }, with an id for anonymous visitors, too, but returned ${
        describe(identity)
      }`,
    );
  }
  const { entityId, context, overrides } = identity as unknown as Identity;
  return client.for(entityId, context, overrides && new Overrides(overrides));
}
