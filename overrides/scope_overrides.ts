// Overrides for a scope that a program makes itself.

import { isObject, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { FlagOverrides, ScopeOverrides } from "../src/evaluation/overrides.ts";
import { Overrides } from "../src/evaluation/overriding_state.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/**
 * Returns what `client.for` takes as its third argument, so that these overrides answer in one request. They go before
 * those of the client.
 *
 * @param overrides As the option `overrides` of a client takes them.
 * @throws {ValidationError} when one is none.
 */
export function overrideFlags<Flags extends FlagTypes<Flags> = AnyFlags>(
  overrides: FlagOverrides<Flags>,
): ScopeOverrides {
  if (typeof overrides !== "function" && !isObject(overrides)) {
    throw new ValidationError(`the overrides ${mustBe("an object or a function", overrides)}`);
  }
  return new Overrides(overrides as FlagOverrides);
}
