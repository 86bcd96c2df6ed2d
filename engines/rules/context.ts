// How a value of the context becomes the text that constraints compare.

import type { EvaluationContext } from "../../core/types.ts";
import { noteIgnored } from "./ignored_values.ts";

/**
 * The text of a property: strings as they are, numbers, bigints and booleans as their JSON text, and `""` (which is
 * how the reference sees an absent property) for anything else, NaN and infinities included.
 */
export function contextText(context: EvaluationContext, property: string): string {
  return textOf(context[property], property);
}

/** The text of a property's value; the name of the property is for a warning where the value has no text. */
export function textOf(value: unknown, property: string): string {
  if (typeof value === "string") return value;
  switch (typeof value) {
    case "number":
      // -0 is "0" both in String() and in JSON.
      return Number.isFinite(value) ? String(value) : "";
    case "boolean":
    case "bigint":
      return String(value);
    default:
      if (value !== undefined && value !== null) noteIgnored(property, value);
      return "";
  }
}
