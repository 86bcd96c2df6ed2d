// Checks parsed JSON against a table of members. Knows neither documents nor snapshots: their tables live with them.

import { DocumentError } from "../src/errors.ts";

/** What a member must be: a JSON type, the members of an object, or a list or map of one of those. */
export type Shape =
  | "string"
  | "boolean"
  | "number"
  | { readonly members: readonly Member[] }
  | { readonly listOf: Shape }
  | { readonly mapOf: Shape };

/** A member of an object; an optional one may be absent or null. */
export interface Member {
  /** The name of the member. */
  readonly name: string;
  /** What its value must be. */
  readonly shape: Shape;
  /** Whether the value may be absent or null. */
  readonly optional: boolean;
}

/** A member that has to be there. */
export function required(name: string, shape: Shape): Member {
  return { name, shape, optional: false };
}

/** A member that may be absent or null. */
export function optional(name: string, shape: Shape): Member {
  return { name, shape, optional: true };
}

/**
 * Checks a value and everything inside it; members that the shape does not name are left alone.
 * @param wellFormed Whether strings are known to hold no lone surrogates, so that none has to be searched for.
 * @throws {DocumentError} naming the path of the first member that is wrong.
 */
export function checkShape(value: unknown, shape: Shape, wellFormed: boolean, what: string): void {
  new Checker(wellFormed, what).check(value, shape);
}

class Checker {
  readonly #path: (string | number)[] = [];
  readonly #wellFormed: boolean;
  readonly #what: string;

  constructor(wellFormed: boolean, what: string) {
    this.#wellFormed = wellFormed;
    this.#what = what;
  }

  check(value: unknown, shape: Shape): void {
    if (typeof shape === "string") {
      const type: string = typeof value;
      if (type !== shape) this.#fail(`a ${shape}`, value);
      if (shape === "number" && !Number.isFinite(value)) this.#fail("a finite number", value);
      if (shape === "string" && !this.#wellFormed) this.#checkText(value as string);
    } else if ("listOf" in shape) {
      if (!Array.isArray(value)) return this.#fail("a list", value);
      for (let i = 0; i < value.length; i++) this.#descend(i, value[i], shape.listOf);
    } else if (!isObject(value)) {
      this.#fail("an object", value);
    } else if ("mapOf" in shape) {
      for (const key of Object.keys(value)) {
        if (!this.#wellFormed) this.#checkText(key);
        this.#descend(key, value[key], shape.mapOf);
      }
    } else {
      for (const member of shape.members) {
        const inner = value[member.name];
        if (member.optional && (inner === undefined || inner === null)) continue;
        if (typeof inner === member.shape && member.shape === "string" && this.#wellFormed) continue;
        this.#descend(member.name, inner, member.shape);
      }
    }
  }

  #descend(step: string | number, value: unknown, shape: Shape): void {
    this.#path.push(step);
    this.check(value, shape);
    this.#path.pop();
  }

  #checkText(text: string): void {
    if (!text.isWellFormed()) this.#fail("text without lone surrogates (\\ud800 to \\udfff)", text);
  }

  #fail(expected: string, value: unknown): never {
    const path = this.#path.map((step, i) =>
      typeof step === "number"
        ? `[${step}]`
        : /^[A-Za-z_]\w*$/.test(step)
        ? (i === 0 ? step : `.${step}`)
        : `[${JSON.stringify(step)}]`
    ).join("");
    const subject = path === "" ? `the ${this.#what}` : path;
    const problem = value === undefined
      ? `${subject} is missing: it must be ${expected}`
      : `${subject} must be ${expected}, not ${nameOf(value)}`;
    throw new DocumentError(`not a valid ${this.#what}: ${problem}; the flag state stays as it was`);
  }
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isFinite(value) ? "a number" : "one too large";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
