// Compares parsed JSON with a table of members. Knows neither documents nor snapshots: their tables live with them.

import { isObject } from "../core/describe.ts";

/** What a value must be: a JSON type, an object with members, or a list or map of one of those. */
export type Shape =
  | "string"
  | "boolean"
  | "number"
  | { readonly members: readonly Member[] }
  | { readonly listOf: Shape; readonly most?: number }
  | { readonly mapOf: Shape };

/** A member of an object. */
interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly optional: boolean;
}

/** An object with these members. One whose name ends in a question mark here may be absent or null. */
export function members(shapes: Readonly<Record<string, Shape>>): Shape {
  return {
    members: Object.entries(shapes).map(([name, shape]) => ({
      name: name.replace("?", ""),
      shape,
      optional: name.endsWith("?"),
    })),
  };
}

/** Whether what JSON text says holds no lone surrogates. Text that was UTF-8 has none itself: only an escape brings one in. */
export function isWellFormedJson(text: string): boolean {
  return !/\\u[dD][89a-fA-F]/.test(text);
}

/**
 * Whether a value and everything inside it is as a shape wants it; members that it does not name are left alone. False may
 * also mean that `checkShape` has to look, which says what is wrong.
 * @param wellFormed Whether strings are known to hold no lone surrogates, so that none has to be searched for.
 */
export function fits(value: unknown, shape: Shape, wellFormed: boolean): boolean {
  if (shape === "string") return typeof value === "string" && (wellFormed || value.isWellFormed());
  if (shape === "number") return Number.isFinite(value);
  if (shape === "boolean") return typeof value === "boolean";
  if ("listOf" in shape) {
    const { listOf, most = Infinity } = shape;
    return Array.isArray(value) && value.length <= most &&
      value.every((each) => fits(each, listOf, wellFormed));
  }
  return "members" in shape && isObject(value) && shape.members.every(({ name, shape, optional }) => {
    const member = value[name] ?? undefined;
    return optional && member === undefined || fits(member, shape, wellFormed);
  });
}
