// Who a request is from, as a function of the user's says, and the scope that is made of it.

import type { EvaluationContext } from "../core/types.ts";
import type { Scope } from "../src/evaluation/scope.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/** Who a request is from. */
export interface Identity {
  /** The entity: a user, a session, a tenant. */
  readonly entityId: string;
  /** What constraints compare. @default {} */
  readonly context?: EvaluationContext;
}

/** Says who a request is from, from what the framework gives of it. */
export type Identify<Request> = (request: Request) => Identity | Promise<Identity>;

/** Makes scopes: a client, or one that is attached to it. */
export interface ScopeMaker<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** Makes the flags of one request. */
  for(entityId: string, context?: EvaluationContext | null): Scope<Flags>;
}

/**
 * Makes the scope of a request.
 * @throws what `identify` throws (rejects).
 */
export async function scopeOf<Request>(
  client: ScopeMaker,
  identify: Identify<Request>,
  request: Request,
): Promise<Scope> {
  const { entityId, context } = await identify(request);
  return client.for(entityId, context);
}
