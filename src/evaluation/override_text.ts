// Overrides as text, for variables and command lines: `new-checkout=true,theme=dark`, or JSON.

import { isRecord, mustBe, quote } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import type { FlagOverride } from "./overrides.ts";
import { overrideProblem } from "./overriding_state.ts";

/**
 * Parses overrides: pairs of a flag and a value, separated by commas, or a JSON object. `true` and `false` are booleans,
 * anything else is the key of a variant.
 * @param what How error messages name the text.
 * @throws {ValidationError} if it cannot be parsed.
 */
export function parseOverrides(text: string, what: string = "the overrides"): Record<string, FlagOverride> {
  if (typeof text !== "string") throw new ValidationError(`${what} ${mustBe("a string", text)}`);
  return checkedOverrides(text.trim().startsWith("{") ? json(text, what) : pairs(text, what), what);
}

/**
 * Returns the overrides after checking each.
 * @throws {ValidationError} if one is invalid.
 */
export function checkedOverrides(value: unknown, what: string): Record<string, FlagOverride> {
  if (!isRecord(value)) throw new ValidationError(`${what} must be a JSON object`);
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
  // Without a prototype, so that keys such as `__proto__` are not special.
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
