// Elysia: it calls its handlers itself, and not from within a middleware, so that they take the flags from their context.

import type { Scope } from "../src/evaluation/scope.ts";
import { checkCall } from "./calls.ts";
import { checkMiddleware, type Identify, type ScopeMaker, scopeOf } from "./identity.ts";

/** The functions by which an application of Elysia derives the flags and disposes of them. */
export interface ElysiaFlags<Context> {
  /** For `app.derive(…)`: the flags as a member of each handler's context. */
  derive(context: Context): Promise<{ flags: Scope }>;
  /** For `app.onAfterResponse(…)`: the request is over. */
  dispose(context: { readonly flags?: Scope }): void;
}

/**
 * Returns functions that give the handlers of Elysia their flags: `const { derive, dispose } = elysiaFlags(…)`, and
 * then `new Elysia().derive(derive).onAfterResponse(dispose).get("/", ({ flags }) => …)`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function elysiaFlags<Context extends { readonly request: Request }>(
  client: ScopeMaker,
  identify: Identify<Context>,
): ElysiaFlags<Context> {
  checkMiddleware("elysiaFlags", client, identify);
  return {
    derive: async (context) => {
      checkCall("elysiaFlags", [context]);
      return { flags: await scopeOf(client, identify, context) };
    },
    dispose: ({ flags }) => flags?.[Symbol.dispose](),
  };
}
