// What a flag reads of a request, read once an evaluation and before the first comparison.

import type { EvaluationContext } from "../../core/types.ts";
import { textOf } from "../rules/context.ts";
import type { Layout, Property } from "./layout.ts";

/** How many places `valueOf` has for one name each. */
const PLACES = 8;

// The first few names of the thread have a place of their own, which all states share.
const places = new Map<string, number>();

/** The properties that the flags of one state read. */
export class Properties {
  readonly #byName = new Map<string, Property>();

  /** The property of a name. */
  of(name: string): Property {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    // The name of a member of an object is the very string that V8 compares names with.
    const [own = name] = Object.keys({ [name]: 0 });
    if (places.size < PLACES && !places.has(own)) places.set(own, places.size);
    const property: Property = {
      name: own,
      place: places.get(own) ?? PLACES,
      slot: this.#byName.size + 1,
    };
    this.#byName.set(own, property);
    // A list without holes is read faster.
    while (shared.length <= property.slot) shared.push("");
    return property;
  }
}

/**
 * Each `context[name]` below is an inline cache of its own, monomorphic as long as it always reads the same property: half
 * the time of a look-up by a name that varies.
 */
function valueOf({ place, name }: Property, context: EvaluationContext): unknown {
  switch (place) {
    case 0:
      return context[name];
    case 1:
      return context[name];
    case 2:
      return context[name];
    case 3:
      return context[name];
    case 4:
      return context[name];
    case 5:
      return context[name];
    case 6:
      return context[name];
    case 7:
      return context[name];
    default:
      return context[name];
  }
}

// One list for all evaluations of the thread: making a new one each time costs more than to fill it.
const shared: string[] = [""];
let isReading = false;

/**
 * The entity's id, and at their slots the texts of the properties that a flag reads. The list holds until the next call;
 * between it and this one no code of the user's runs, since only reading does that.
 * @param reading Where it says which properties that are.
 */
export function readValues(
  layout: Layout,
  reading: number,
  entityId: string,
  context: EvaluationContext,
): readonly string[] {
  const count = layout.steps[reading + 1] as number;
  // A getter of the context evaluates, too.
  if (isReading) return read(shared.slice(), layout, reading, count, entityId, context);
  if (count === 0) {
    shared[0] = entityId;
    return shared;
  }
  isReading = true;
  try {
    return read(shared, layout, reading, count, entityId, context);
  } finally {
    isReading = false;
  }
}

function read(
  values: string[],
  { steps, operands }: Layout,
  reading: number,
  count: number,
  entityId: string,
  context: EvaluationContext,
): string[] {
  values[0] = entityId;
  const start = (steps[reading] as number) >> 1;
  for (let i = start; i < start + count; i++) {
    const property = operands[i] as Property;
    values[property.slot] = textOf(valueOf(property, context), property.name);
  }
  return values;
}
