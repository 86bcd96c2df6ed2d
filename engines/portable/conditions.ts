// The conditions of a flag's rules or rollouts: the segments of each, and the constraints of those.

import type { DocumentSegment } from "../document.ts";
import { type Bound, compare, EQUAL } from "./comparison.ts";
import { compileConstraint } from "./constraint.ts";
import type { Layout } from "./layout.ts";
import { type Property, propertyOf } from "./property.ts";

/** One segment has to match, or more do. */
const ANY = 0;
/** Every segment has to match. */
const EVERY = 1;
/** There is one segment, of whose constraints all have to hold, and they are all of the kind `EQUAL`: the usual case. */
const PLAIN = 2;

/** Every constraint of the segment has to hold, and not only one. */
const ALL = 1;
/** The segment matches when no constraint decides. */
const OTHERWISE = 2;

/**
 * Lays out the conditions of one flag. Their steps are:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | a condition | `ANY`, `EVERY` or `PLAIN` | where the condition ends | none |
 * | a segment of it | the sum of `ALL` and `OTHERWISE` | where the segment ends | its key |
 * | a constraint of that | which value is compared | how | with what: text for `EQUAL`, else a bound |
 */
export class ConditionsBuilder {
  readonly #layout: Layout;
  readonly #properties: Property[] = [];

  /** Lays out in `layout`. */
  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Adds the condition of a rule or rollout; where it is. */
  add(sources: readonly DocumentSegment[], operator: string | null | undefined): number {
    const byKey = new Map<string, DocumentSegment>();
    for (const source of sources) byKey.set(source.key, source);
    const start = this.#layout.add(operator === "AND_SEGMENT_OPERATOR" ? EVERY : ANY, 0);
    for (const source of byKey.values()) this.#addSegment(source);
    this.#endHere(start);
    if (byKey.size === 1 && this.#isPlain(start + 2)) this.#layout.steps[start] = PLAIN;
    return start;
  }

  /**
   * Adds what all conditions read of a context, a step a property: value n + 1 is the n-th property's, value 0 the
   * entity's id.
   * @returns where they are and how many.
   */
  addProperties(): { readonly start: number; readonly count: number } {
    const start = this.#layout.end;
    for (const property of this.#properties) this.#layout.add(0, 0, property);
    return { start, count: this.#properties.length };
  }

  #isPlain(segment: number): boolean {
    const { steps, end } = this.#layout;
    if (steps[segment] !== ALL + OTHERWISE) return false;
    for (let at = segment + 2; at < end; at += 2) {
      if (steps[at + 1] !== EQUAL) return false;
    }
    return true;
  }

  #addSegment({ key, matchType, constraints }: DocumentSegment): void {
    const all = matchType === "ALL_SEGMENT_MATCH_TYPE" ? ALL : 0;
    const compiled = constraints.map(compileConstraint);
    // A constraint of unknown type ends the comparison with "no match", whatever the match type.
    const unknown = compiled.indexOf(undefined);
    const otherwise = unknown < 0 && (all === ALL || compiled.length === 0) ? OTHERWISE : 0;
    const start = this.#layout.add(all + otherwise, 0, key);
    for (const constraint of compiled) {
      if (constraint === undefined) break;
      const { property, kind, bound } = constraint;
      const value = property === undefined ? 0 : this.#valueOf(property);
      this.#layout.add(value, kind, kind === EQUAL ? bound.text : bound);
    }
    this.#endHere(start);
  }

  #endHere(start: number): void {
    this.#layout.steps[start + 1] = this.#layout.end;
  }

  #valueOf(name: string): number {
    const known = this.#properties.findIndex((property) => property.name === name) + 1;
    return known > 0 ? known : this.#properties.push(propertyOf(name));
  }
}

/**
 * The keys of the segments that match, as a new list; `undefined` when the condition as a whole is not met.
 * @param start Where the condition is.
 * @param values What the flag reads: the entity's id and then its properties' texts.
 */
export function matchedKeys(
  { steps, operands }: Layout,
  start: number,
  values: readonly string[],
): string[] | undefined {
  const mode = steps[start];
  const end = steps[start + 1] as number;
  if (mode === PLAIN) {
    for (let at = start + 4; at < end; at += 2) {
      if (values[steps[at] as number] !== operands[at >> 1]) return undefined;
    }
    return [operands[(start + 2) >> 1] as string];
  }
  const every = mode === EVERY;
  let keys: string[] | undefined = every ? [] : undefined;
  let at = start + 2;
  while (at < end) {
    const key = operands[at >> 1] as string;
    const settings = steps[at] as number;
    const segmentEnd = steps[at + 1] as number;
    const all = (settings & ALL) !== 0;
    let matches = (settings & OTHERWISE) !== 0;
    for (at += 2; at < segmentEnd; at += 2) {
      const value = values[steps[at] as number] as string;
      const kind = steps[at + 1] as number;
      const operand = operands[at >> 1];
      if ((kind === EQUAL ? value === operand : compare(kind, value, operand as Bound)) !== all) {
        matches = !all;
        break;
      }
    }
    at = segmentEnd;
    if (matches) {
      if (keys === undefined) keys = [key];
      else keys.push(key);
    } else if (every) return undefined;
  }
  return keys;
}
