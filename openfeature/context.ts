// Turns OpenFeature's evaluation context into what Flipt evaluates with: an entity and properties without structure.

import { InvalidContextError, TargetingKeyMissingError } from "@openfeature/server-sdk";
import type { EvaluationContext } from "../core/types.ts";
import type { ResolutionContext } from "./types.ts";

/** How deep objects may lie in each other. */
const maxDepth = 32;
/** How many properties a context may have when it is flat. */
const maxProperties = 10_000;

/**
 * The entity: the context's targeting key.
 * @throws {TargetingKeyMissingError} when there is none.
 * @throws {InvalidContextError} when it is no string.
 */
export function entityOf(context: ResolutionContext): string {
  const key: unknown = context.targetingKey;
  if (typeof key === "string" && key.trim() !== "") return key;
  if (key === undefined || key === null || typeof key === "string") {
    throw new TargetingKeyMissingError("Flipt evaluates for an entity: give the context a targetingKey");
  }
  throw new InvalidContextError("the targetingKey must be a string");
}

/**
 * The properties. Those of an object are named by their path, with dots: `{ user: { plan: "pro" } }` is the property
 * `user.plan`. A property of that name on the outermost level comes before it. Dates are their ISO text, arrays their
 * JSON text. A context that is flat already is given back as it is.
 * @throws {InvalidContextError} when it is too deep or too large, or cannot be read.
 */
export function propertiesOf(context: ResolutionContext): EvaluationContext {
  try {
    return isFlat(context) ? context : new Flattening(context).properties;
  } catch (error) {
    if (error instanceof InvalidContextError) throw error;
    throw new InvalidContextError("the context could not be read: a property of it threw", { cause: error });
  }
}

function isFlat(context: ResolutionContext): boolean {
  for (const name in context) {
    const value = context[name];
    if (typeof value === "object" && value !== null) return false;
  }
  return true;
}

class Flattening {
  // Without a prototype, so that a property with the name of one of its members is a property like any other.
  readonly properties: Record<string, unknown> = Object.create(null);
  #left = maxProperties;

  constructor(context: ResolutionContext) {
    this.#addAll(context, "", maxDepth);
    for (const [name, value] of Object.entries(context)) {
      if (name.includes(".") && typeof value !== "object") this.properties[name] = value;
    }
  }

  #addAll(object: object, prefix: string, depthLeft: number): void {
    if (depthLeft === 0) throw new InvalidContextError(`the context is more than ${maxDepth} objects deep`);
    for (const [name, value] of Object.entries(object)) this.#add(prefix + name, value, depthLeft);
  }

  #add(name: string, value: unknown, depthLeft: number): void {
    // Counted before it is looked into: an object that is in many places is many properties.
    if (this.#left-- === 0) {
      throw new InvalidContextError(`the context has more than ${maxProperties} properties`);
    }
    if (typeof value !== "object" || value === null) this.properties[name] = value;
    else if (value instanceof Date) this.properties[name] = dateText(value);
    else if (Array.isArray(value)) this.properties[name] = arrayText(name, value);
    else this.#addAll(value, `${name}.`, depthLeft - 1);
  }
}

/** A date that is none is absent. */
function dateText(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function arrayText(name: string, array: readonly unknown[]): string {
  try {
    return JSON.stringify(array);
  } catch (error) {
    throw new InvalidContextError(`the context's array ${JSON.stringify(name)} cannot be written as JSON`, {
      cause: error,
    });
  }
}
