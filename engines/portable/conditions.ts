// The conditions of a flag's rules or rollouts: the segments of each, and the constraints of those. They are laid out
// in two flat lists, so that an evaluation runs along them and touches few objects: what lies far apart in memory takes
// longer to reach than to compare.

import type { DocumentSegment } from "../document.ts";
import { type Bound, compare, EQUAL } from "./comparison.ts";
import { compileConstraint } from "./constraint.ts";
import { type Property, propertyOf } from "./property.ts";

/**
 * The conditions of one flag. A step is two numbers of `steps` and one operand, in this order:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | a condition | `ANY`, `EVERY` or `PLAIN` | where the condition ends | none |
 * | a segment of it | the sum of `ALL` and `OTHERWISE` | where the segment ends | its key |
 * | a constraint of that | which value is compared | how | with what: text for `EQUAL`, else a bound |
 */
export interface Conditions {
  /** What the constraints read of a context: value n + 1 is the n-th property's, value 0 the entity's id. */
  readonly properties: readonly Property[];
  /** The numbers. */
  readonly steps: readonly number[];
  /** The operands, one for two numbers. */
  readonly operands: readonly (string | Bound)[];
}

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

/** Lays out one condition after the other. */
export class ConditionsBuilder implements Conditions {
  readonly properties: Property[] = [];
  readonly steps: number[] = [];
  readonly operands: (string | Bound)[] = [];

  /** Adds the condition of a rule or rollout; where it starts. */
  add(sources: readonly DocumentSegment[], operator: string | null | undefined): number {
    const byKey = new Map<string, DocumentSegment>();
    for (const source of sources) byKey.set(source.key, source);
    const start = this.#addStep(operator === "AND_SEGMENT_OPERATOR" ? EVERY : ANY, 0, "");
    for (const source of byKey.values()) this.#addSegment(source);
    this.#endHere(start);
    if (byKey.size === 1 && this.#isPlain(start + 2)) this.steps[start] = PLAIN;
    return start;
  }

  #isPlain(segment: number): boolean {
    if (this.steps[segment] !== ALL + OTHERWISE) return false;
    for (let at = segment + 2; at < this.steps.length; at += 2) {
      if (this.steps[at + 1] !== EQUAL) return false;
    }
    return true;
  }

  #addSegment({ key, matchType, constraints }: DocumentSegment): void {
    const all = matchType === "ALL_SEGMENT_MATCH_TYPE" ? ALL : 0;
    const compiled = constraints.map(compileConstraint);
    // A constraint of unknown type ends the comparison with "no match", whatever the match type.
    const unknown = compiled.indexOf(undefined);
    const otherwise = unknown < 0 && (all === ALL || compiled.length === 0) ? OTHERWISE : 0;
    const start = this.#addStep(all + otherwise, 0, key);
    for (const constraint of compiled) {
      if (constraint === undefined) break;
      const { property, kind, bound } = constraint;
      const value = property === undefined ? 0 : this.#valueOf(property);
      this.#addStep(value, kind, kind === EQUAL ? bound.text : bound);
    }
    this.#endHere(start);
  }

  #addStep(first: number, second: number, operand: string | Bound): number {
    this.operands.push(operand);
    return this.steps.push(first, second) - 2;
  }

  #endHere(start: number): void {
    this.steps[start + 1] = this.steps.length;
  }

  #valueOf(name: string): number {
    const known = this.properties.findIndex((property) => property.name === name) + 1;
    return known > 0 ? known : this.properties.push(propertyOf(name));
  }
}

/**
 * The keys of the segments that match, as a new list; `undefined` when the condition as a whole is not met.
 * @param start Where the condition starts.
 * @param values What the flag reads: the entity's id and then its properties' texts.
 */
export function matchedKeys(
  { steps, operands }: Conditions,
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
