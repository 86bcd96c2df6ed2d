// Overrides as text: `new-checkout=true,theme=dark` for variables and command lines, or JSON where that does not do.

import { isObject, quote } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import type { FlagOverride } from "./overrides.ts";
import { overrideProblem } from "./overriding_state.ts";

/**
 * Reads overrides: pairs of a flag and its value with commas between them, or a JSON object. `true` and `false` are
 * booleans, all else is the key of a variant.
 * @param what What the text is, for messages.
 * @throws {ValidationError} when it cannot be read.
 */
export function parseOverrides(text: string, what: string = "the overrides"): Record<string, FlagOverride> {
  return checkedOverrides(text.trim().startsWith("{") ? json(text, what) : pairs(text, what), what);
}

/**
 * The overrides, each of which was checked.
 * @throws {ValidationError} when they are none.
 */
export function checkedOverrides(value: unknown, what: string): Record<string, FlagOverride> {
  if (!isObject(value)) throw new ValidationError(`${what} must be a JSON object`);
  for (const [flagKey, override] of Object.entries(value)) {
    const problem = overrideProblem(override);
    if (problem !== undefined) throw new ValidationError(`${what}: flag ${quote(flagKey)} ${problem}`);
  }
  return value as Record<string, FlagOverride>;
}

function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ValidationError(`${what} cannot be read as JSON`, { cause });
  }
}

function pairs(text: string, what: string): Record<string, FlagOverride> {
  // Without a prototype, so that every key is one like any other.
  const overrides: Record<string, FlagOverride> = Object.create(null);
  for (const pair of text.split(",").map((each) => each.trim()).filter((each) => each !== "")) {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new ValidationError(
        `${what} must be such as new-checkout=true,theme=dark, but has ${quote(pair)} in it`,
      );
    }
    const value = pair.slice(at + 1).trim();
    overrides[pair.slice(0, at).trim()] = value === "true" ? true : value === "false" ? false : value;
  }
  return overrides;
}
