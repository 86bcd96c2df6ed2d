// Carries the flags of a request to whatever is called while it is served.

import { AsyncLocalStorage } from "node:async_hooks";
import { checkArgument, functionProblem } from "../core/argument_checks.ts";
import { ValidationError } from "../core/errors.ts";
import { sharedValue } from "../ffi/shared_value.ts";
import type { Scope } from "../src/evaluation/scope.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

const storage = sharedValue("request", () => new AsyncLocalStorage<Scope>());

/**
 * Calls `run`, in which `flags()` returns `scope`, also after an `await`. The caller disposes of the scope.
 *
 * @returns what `run` returns.
 * @throws {ValidationError} when `run` is not a function.
 */
export function withFlags<Result>(scope: Scope, run: () => Result): Result {
  checkArgument("run of withFlags()", functionProblem(run));
  return storage.run(scope, run);
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
