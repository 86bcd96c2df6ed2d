// Carries the flags of a request to whatever is called while it is served.

import { AsyncLocalStorage } from "node:async_hooks";
import { checkArgument, functionProblem } from "../core/argument_checks.ts";
import { isObject, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { sharedValue } from "../ffi/shared_value.ts";
import type { Scope } from "../src/evaluation/scope.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

const storage = sharedValue("request", () => new AsyncLocalStorage<Scope>());

/**
 * Calls `run`, in which `flags()` returns `scope`, also after an `await`. The caller disposes of the scope.
 *
 * @returns what `run` returns.
 * @throws {ValidationError} when it is not given a scope and a function.
 */
export function withFlags<Result>(scope: Scope, run: () => Result): Result {
  checkArgument("run of withFlags()", functionProblem(run));
  checkArgument("scope of withFlags()", scopeProblem(scope));
  return storage.run(scope, run);
}

function scopeProblem(scope: unknown): string | undefined {
  const wanted = "a scope, which client.for(entityId, context) returns";
  if (!isObject(scope) || "then" in scope) return mustBe(wanted, scope);
  // A client has the calls of a scope, too.
  const isClient = typeof scope["for"] === "function" && typeof scope["used"] !== "function";
  return isClient ? `must be ${wanted}, but is the client` : undefined;
}

/**
 * Returns the flags of the request that is being served.
 *
 * @throws {ValidationError} when this is not called from within `withFlags`, or a middleware of this package.
 */
export function flags<Flags extends FlagTypes<Flags> = AnyFlags>(): Scope<Flags> {
  const scope = storage.getStore();
  if (scope !== undefined) return scope as Scope<Flags>;
  throw new ValidationError(
    "there are no flags here: call flags() from within withFlags(scope, …), or after the middleware",
  );
}
