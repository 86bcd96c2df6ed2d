// Constraints: each is compiled once into a number that says what to do, and the bound that it is done with.

import type { DocumentConstraint } from "../document.ts";
import { type Comparison, compileComparison } from "./comparison.ts";
import type { Property } from "./layout.ts";
import { Properties } from "./property.ts";

/** A constraint, ready to be compared. */
export interface Constraint extends Comparison {
  /** Tells it from the others of the state. */
  readonly id: number;
  /** The property of the context; `undefined` to compare the entity id. */
  readonly property: Property | undefined;
}

/** How many constraints are remembered. */
const REMEMBERED = 10_000;

/** The constraints of one state. Flags that say the same share them: they have the same segments more often than not. */
export class Constraints {
  /** What they read of contexts. */
  readonly properties: Properties = new Properties();
  // By the value, of which a list can be long: a name made of all that tells constraints apart would be as long again.
  readonly #known = new Map<string, Map<string, Constraint>>();
  #count = 0;

  /** Compiles a constraint; `undefined` for one of unknown type, which only its segment can judge. */
  of(source: DocumentConstraint): Constraint | undefined {
    const { type, property, operator, value } = source;
    const alike = this.#known.get(value) ?? new Map<string, Constraint>();
    // With the lengths, no two constraints have one name.
    const name = `${type.length} ${operator.length} ${type}${operator}${property}`;
    const known = alike.get(name);
    if (known !== undefined) return known;
    const compared = compileComparison(source);
    if (compared === undefined) return undefined;
    const constraint: Constraint = {
      ...compared,
      id: this.#count++,
      property: type === "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE" ? undefined : this.properties.of(property),
    };
    if (this.#count <= REMEMBERED) {
      alike.set(name, constraint);
      this.#known.set(value, alike);
    }
    return constraint;
  }
}
