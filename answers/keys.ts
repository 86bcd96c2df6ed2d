// The keys of the flags that pages get.

import { mustBe } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";

/**
 * Checks the option `keys`.
 * @throws {ValidationError} when it is given and is no array of strings.
 */
export function checkKeys(keys: unknown): void {
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw new ValidationError(`keys ${mustBe("an array of flag keys", keys)}`);
  const wrong = keys.findIndex((key) => typeof key !== "string");
  if (wrong >= 0) throw new ValidationError(`keys[${wrong}] ${mustBe("a string", keys[wrong])}`);
}
