// Formats constraints and numbers for messages of lint and compare.

import { quote } from "../../core/describe.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";

/** Returns the name of a constraint's property. */
export function propertyOf(constraint: DocumentConstraint): string {
  if (readAs(constraint) === "entity") return "the entity id";
  return /^[\w.-]+$/.test(constraint.property) ? constraint.property : quote(constraint.property);
}

/** Returns a constraint as text, such as `basket gte "2.5"`. */
export function constraintText(constraint: DocumentConstraint): string {
  const { operator, value } = constraint;
  const shown = value.length > 60 ? `${value.slice(0, 59)}…` : value;
  return `${propertyOf(constraint)} ${operator}${value === "" ? "" : ` ${quote(shown)}`}`;
}

/** Returns a number without floating-point noise. */
export function numberText(value: number): string {
  return String(Number(value.toFixed(3)));
}
