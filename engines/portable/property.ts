// The properties that a flag's constraints compare: each is read from the context once per evaluation, however many
// constraints compare it.

import type { EvaluationContext } from "../../src/types.ts";
import { contextText } from "../context.ts";

/** A property of the context. It keeps the text that was read last, until the next evaluation reads it again. */
export interface Property {
  /** The name in the context. */
  readonly name: string;
  /** What was read. */
  text: string;
  /** The evaluation that read it. */
  evaluation: number;
}

/** The properties of a flag while it is compiled, one object a name. */
export class Properties {
  readonly #byName = new Map<string, Property>();

  /** The property of a name. */
  named(name: string): Property {
    let property = this.#byName.get(name);
    if (property === undefined) {
      property = { name, text: "", evaluation: 0 };
      this.#byName.set(name, property);
    }
    return property;
  }
}

/**
 * The text of a property.
 * @param evaluation The number of this evaluation of the flag, from 1. An evaluation that a getter of the context starts
 * has another one, so that neither sees what the other read.
 */
export function propertyText(property: Property, context: EvaluationContext, evaluation: number): string {
  if (property.evaluation === evaluation) return property.text;
  const text = contextText(context, property.name);
  property.text = text;
  property.evaluation = evaluation;
  return text;
}
