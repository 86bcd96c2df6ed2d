// What a flag reads of a request, read once an evaluation and before the first comparison.

import type { EvaluationContext } from "../../src/types.ts";
import { textOf } from "../context.ts";
import type { Layout } from "./layout.ts";

/** A property of the context. */
export interface Property {
  /** Its name. */
  readonly name: string;
  /** Which place in the code of `valueOf` reads it. */
  readonly place: number;
}

/** How many places `valueOf` has for one name each. */
const PLACES = 8;

const placed = new Map<string, Property>();

/** A property by its name. The first few names of the thread have a place of their own, and all flags share them. */
export function propertyOf(name: string): Property {
  const known = placed.get(name);
  if (known !== undefined) return known;
  // The name of a member of an object is the very string that V8 compares names with.
  const [own = name] = Object.keys({ [name]: 0 });
  const property: Property = { name: own, place: placed.size };
  if (placed.size < PLACES) placed.set(own, property);
  return property;
}

/**
 * V8 remembers at each place in the code where it found a name in objects of the shapes that came by. That takes half
 * as long as looking it up, and works as long as the place sees one name only.
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

/** What reads properties. */
export interface Reader {
  /** Where they lie. */
  readonly layout: Layout;
  /** At which step the first one is. */
  readonly properties: number;
  /** How many there are, a step each. */
  readonly propertyCount: number;
}

// One list for all evaluations of the thread: making a new one each time costs more than to fill it.
const shared: string[] = [""];
let isReading = false;

/**
 * The entity's id and the texts of the properties. The list holds until the next call; between it and this one no code
 * of the user's runs, since only reading does that.
 */
export function readValues(
  flag: Reader,
  entityId: string,
  context: EvaluationContext,
): readonly string[] {
  // A getter of the context evaluates, too.
  if (isReading) return read([], flag, entityId, context);
  if (flag.propertyCount === 0) {
    shared[0] = entityId;
    return shared;
  }
  isReading = true;
  try {
    return read(shared, flag, entityId, context);
  } finally {
    isReading = false;
  }
}

function read(
  values: string[],
  { layout, properties, propertyCount }: Reader,
  entityId: string,
  context: EvaluationContext,
): string[] {
  values[0] = entityId;
  const { operands } = layout;
  const start = properties >> 1;
  for (let i = 0; i < propertyCount; i++) {
    values[i + 1] = textOf(valueOf(operands[start + i] as Property, context));
  }
  return values;
}
