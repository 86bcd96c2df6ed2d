// Converts OpenFeature's evaluation context into Flipt's: an entity and flat properties.

import { InvalidContextError, TargetingKeyMissingError } from "@openfeature/server-sdk";
import { tagOf } from "../core/describe.ts";
import type { EvaluationContext } from "../core/types.ts";
import type { ResolutionContext } from "./types.ts";

/** How deep objects may be nested. */
const MAX_DEPTH = 32;
/** How many properties a flattened context may have. */
const MAX_PROPERTIES = 10_000;

/**
 * Returns the ID of the entity, which is the context's targeting key.
 * @throws {TargetingKeyMissingError} when there is none.
 * @throws {InvalidContextError} when it is not a string.
 */
export function entityOf(context: ResolutionContext): string {
  const key: unknown = context.targetingKey;
  if (typeof key === "string" && key.trim() !== "") return key;
  if (key === undefined || key === null || typeof key === "string") {
    throw new TargetingKeyMissingError("Flipt evaluates for an entity: the context needs a targetingKey");
  }
  throw new InvalidContextError("the targetingKey must be a string");
}

/**
 * Returns the flattened properties. A nested property is named by its path: `{ user: { plan: "pro" } }` becomes
 * `user.plan`. A top-level property of that name takes precedence. Dates become ISO strings, arrays JSON. A context
 * that is already flat is returned as it is.
 * @throws {InvalidContextError} when it is too deep or too large, or cannot be read.
 */
export function propertiesOf(context: ResolutionContext): EvaluationContext {
  try {
    return isFlat(context) ? context : new Flattener(context).properties;
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

class Flattener {
  // Without a prototype, so that a property such as `constructor` is a property like any other.
  readonly properties: Record<string, unknown> = Object.create(null);
  #remaining = MAX_PROPERTIES;

  constructor(context: ResolutionContext) {
    this.#addAll(context, "", MAX_DEPTH);
    for (const [name, value] of Object.entries(context)) {
      if (name.includes(".") && typeof value !== "object") this.properties[name] = value;
    }
  }

  #addAll(object: object, prefix: string, depthLeft: number): void {
    if (depthLeft === 0) {
      throw new InvalidContextError(`the context is nested more than ${MAX_DEPTH} levels deep`);
    }
    for (const [name, value] of Object.entries(object)) this.#add(prefix + name, value, depthLeft);
  }

  #add(name: string, value: unknown, depthLeft: number): void {
    // Counted before it is flattened, since an object that occurs repeatedly can expand to many properties.
    if (this.#remaining-- === 0) {
      throw new InvalidContextError(`the context has more than ${MAX_PROPERTIES} properties`);
    }
    if (typeof value !== "object" || value === null) this.properties[name] = value;
    else if (tagOf(value) === "Date") this.properties[name] = dateText(value as Date);
    else if (Array.isArray(value)) this.properties[name] = arrayText(name, value);
    else this.#addAll(value, `${name}.`, depthLeft - 1);
  }
}

/** Returns a date as an ISO string, or `undefined` for an invalid one, which counts as absent. */
function dateText(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function arrayText(name: string, array: readonly unknown[]): string {
  try {
    return JSON.stringify(array);
  } catch (error) {
    throw new InvalidContextError(`the context's array ${JSON.stringify(name)} cannot be converted to JSON`, {
      cause: error,
    });
  }
}
