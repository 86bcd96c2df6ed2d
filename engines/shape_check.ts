// Says what is wrong with parsed JSON that does not fit its table of members.

import { describe, isObject } from "../core/describe.ts";
import { DocumentError } from "../core/errors.ts";
import type { Shape } from "./shape.ts";

/**
 * Checks a value and everything inside it; members that the shape does not name are left alone.
 * @param wellFormed Whether strings are known to hold no lone surrogates, so that none has to be searched for.
 * @param path The path of the value itself, which is written to.
 * @throws {DocumentError} naming the path of the first member that is wrong.
 */
export function checkShape(
  value: unknown,
  shape: Shape,
  wellFormed: boolean,
  what: string,
  path: (string | number)[] = [],
): void {
  function check(value: unknown, shape: Shape): void {
    if (typeof shape === "string") {
      const type: string = typeof value;
      if (type !== shape) fail(`a ${shape}`, value);
      if (shape === "number" && !Number.isFinite(value)) fail("a finite number", value);
      if (shape === "string") checkText(value as string);
    } else if ("listOf" in shape) {
      const { listOf, most = Infinity } = shape;
      if (!Array.isArray(value)) return fail("a list", value);
      if (value.length > most) fail(`a list of at most ${most}`, value);
      for (let i = 0; i < value.length; i++) descend(i, value[i], listOf);
    } else if (!isObject(value)) {
      fail("an object", value);
    } else if ("mapOf" in shape) {
      for (const key of Object.keys(value)) {
        checkText(key);
        descend(key, value[key], shape.mapOf);
      }
    } else {
      for (const member of shape.members) {
        const inner = value[member.name];
        if (member.optional && (inner === undefined || inner === null)) continue;
        if (typeof inner === member.shape && member.shape === "string" && wellFormed) continue;
        descend(member.name, inner, member.shape);
      }
    }
  }

  function descend(step: string | number, value: unknown, shape: Shape): void {
    path.push(step);
    check(value, shape);
    path.pop();
  }

  function checkText(text: string): void {
    if (!wellFormed && !text.isWellFormed()) fail("text without lone surrogates", text);
  }

  function fail(expected: string, value: unknown): never {
    const steps = path.map((step, i) =>
      typeof step === "number"
        ? `[${step}]`
        : /^[A-Za-z_]\w*$/.test(step)
        ? (i === 0 ? step : `.${step}`)
        : `[${JSON.stringify(step)}]`
    );
    const subject = steps.join("") || `the ${what}`;
    throw invalid(
      what,
      value === undefined
        ? `${subject} is missing: it must be ${expected}`
        : `${subject} must be ${expected}, not ${nameOf(value)}`,
    );
  }

  check(value, shape);
}

/** The error for what is no valid `what`. */
export function invalid(what: string, problem: string, options?: ErrorOptions): DocumentError {
  return new DocumentError(`not a valid ${what}: ${problem}; the flag state stays as it was`, options);
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return value === Infinity || value === -Infinity ? "one too large" : describe(value);
}
