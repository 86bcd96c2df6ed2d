// Overrides for a scope that a program creates without a middleware.

import { isRecord, mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { FlagOverrides, ScopeOverrides } from "../src/evaluation/overrides.ts";
import { Overrides } from "../src/evaluation/overriding_state.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/**
 * Returns the third argument of `client.for`, so that these overrides apply to one request. They take precedence over
 * those of the client.
 *
 * @param overrides The same as the option `overrides` of a client.
 * @throws {ValidationError} if an override is invalid.
 */
export function overrideFlags<Flags extends FlagTypes<Flags> = AnyFlags>(
  overrides: FlagOverrides<Flags>,
): ScopeOverrides {
  if (typeof overrides !== "function" && !isRecord(overrides)) {
    throw new ValidationError(`the overrides ${mustBe("an object or a function", overrides)}`);
  }
  return new Overrides(overrides as FlagOverrides);
}
