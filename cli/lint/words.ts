// How messages of lint and compare write what they tell of.

import { quote } from "../../core/describe.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";

/** A property as messages name it. */
export function propertyOf(constraint: DocumentConstraint): string {
  if (readAs(constraint) === "entity") return "the entity id";
  return /^[\w.-]+$/.test(constraint.property) ? constraint.property : quote(constraint.property);
}

/** A constraint in a few words: `basket gte "2.5"`. */
export function constraintText(constraint: DocumentConstraint): string {
  const { operator, value } = constraint;
  const shown = value.length > 60 ? `${value.slice(0, 59)}…` : value;
  return `${propertyOf(constraint)} ${operator}${value === "" ? "" : ` ${quote(shown)}`}`;
}

/** A number as prose has it, without the noise of floats. */
export function numberText(value: number): string {
  return String(Number(value.toFixed(3)));
}
