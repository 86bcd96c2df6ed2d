// What a flag reads of a request, once an evaluation: before the first comparison where those are so fast that reading should
// not interrupt them, else when it is first compared.

import type { EvaluationContext } from "../../core/types.ts";
import type { SharedReading } from "../engine.ts";
import { textOf } from "../rules/context.ts";
import type { Layout, Property } from "./layout.ts";

/** How many places `valueOf` has for one name each. */
const PLACES = 16;

// The first few names of the thread have a place of their own, which all states share.
const places = new Map<string, number>();

/** The properties that the flags of one state read. */
export class Properties {
  /** By slot, of which the first is that of the entity's id. */
  readonly bySlot: (Property | undefined)[] = [undefined];
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
      slot: this.bySlot.length,
    };
    this.#byName.set(own, property);
    this.bySlot.push(property);
    // A list without holes is read faster.
    while (texts.length <= property.slot) readings[texts.push("") - 1] = 0;
    while (textsAlone.length <= property.slot) textsAlone.push("");
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
    case 8:
      return context[name];
    case 9:
      return context[name];
    case 10:
      return context[name];
    case 11:
      return context[name];
    case 12:
      return context[name];
    case 13:
      return context[name];
    case 14:
      return context[name];
    case 15:
      return context[name];
    default:
      return context[name];
  }
}

// One list for all evaluations of the thread: making a new one each time costs more than to fill it. A text is good for
// the reading of a request that it is of, and for no other.
const texts: string[] = [""];
const readings: number[] = [0];
// No list has a text of the first reading, nor does a batch begin with it.
let reading = 1;
let lastReading = 1;

// What is read beforehand for one evaluation alone has a list of its own, where nobody looks for another's texts. A getter
// of the context may evaluate, too: the inner evaluation leaves the list to the outer one, and takes a new one.
let textsAlone: string[] = [""];
let isReadingAlone = false;

/** As many readings are told apart; V8 would allocate greater numbers. */
const READINGS = 2 ** 30;

/**
 * Begins to read a request, and reads what the flag wants to have beforehand.
 * @param wanted Where the flag says which properties those are.
 * @param shared What the evaluations of one context share, if several follow each other.
 * @returns the entity's id, and the texts at their slots, all that the flag compares; they hold until the next call. Or
 * `undefined` when it compares what `textAt` gives.
 */
export function beginReading(
  { steps, operands }: Layout,
  wanted: number,
  entityId: string,
  context: EvaluationContext,
  shared: SharedReading | undefined,
): readonly string[] | undefined {
  const count = steps[wanted + 1] as number;
  const start = (steps[wanted] as number) >> 1;
  if (shared === undefined && count >= 0) {
    if (isReadingAlone) textsAlone = textsAlone.slice();
    const own = textsAlone;
    isReadingAlone = true;
    own[0] = entityId;
    for (let i = start; i < start + count; i++) {
      const property = operands[i] as Property;
      own[property.slot] = textOf(valueOf(property, context), property.name);
    }
    isReadingAlone = false;
    return own;
  }
  // What was read last is good for the next evaluation of the same context.
  const goesOn = shared !== undefined && shared.reading === lastReading;
  const own = goesOn ? lastReading : nextReading();
  if (shared !== undefined) shared.reading = own;
  if (count < 0) {
    reading = own;
    return undefined;
  }
  texts[0] = entityId;
  for (let i = start; i < start + count; i++) {
    const property = operands[i] as Property;
    const { slot, name } = property;
    if (goesOn && readings[slot] === own) continue;
    texts[slot] = textOf(valueOf(property, context), name);
    readings[slot] = own;
  }
  reading = own;
  // A getter of the context may have evaluated, and read something else.
  return lastReading === own ? texts : undefined;
}

function nextReading(): number {
  if (lastReading === READINGS) {
    readings.fill(0);
    lastReading = 1;
  }
  return ++lastReading;
}

/** The text at a slot. */
export function textAt(slot: number, layout: Layout, entityId: string, context: EvaluationContext): string {
  if (readings[slot] === reading) return texts[slot] as string;
  const property = layout.properties[slot];
  return property === undefined ? entityId : read(property, context);
}

function read(property: Property, context: EvaluationContext): string {
  const { slot, name } = property;
  const own = reading;
  const text = textOf(valueOf(property, context), name);
  texts[slot] = text;
  // A getter that evaluates begins a reading of its own.
  readings[slot] = reading = own;
  return text;
}
