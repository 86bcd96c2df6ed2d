// The conditions of a flag's rules or rollouts: the segments of each, and the constraints of those.

import type { DocumentSegment } from "../document.ts";
import { type Bound, compare, EQUAL } from "./comparison.ts";
import { compileConstraint, type Constraint } from "./constraint.ts";
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

interface Segment {
  readonly key: string;
  /** The sum of `ALL` and `OTHERWISE`. */
  readonly settings: number;
  /** Those that can decide. */
  readonly constraints: readonly Constraint[];
}

function compileSegment({ key, matchType, constraints }: DocumentSegment): Segment {
  const all = matchType === "ALL_SEGMENT_MATCH_TYPE" ? ALL : 0;
  const compiled: Constraint[] = [];
  for (const source of constraints) {
    const constraint = compileConstraint(source);
    // A constraint of unknown type ends the comparison with "no match", whatever the match type.
    if (constraint === undefined) return { key, settings: all, constraints: compiled };
    compiled.push(constraint);
  }
  const otherwise = all === ALL || compiled.length === 0 ? OTHERWISE : 0;
  return { key, settings: all + otherwise, constraints: compiled };
}

function isPlain({ settings, constraints }: Segment): boolean {
  return settings === ALL + OTHERWISE && constraints.every(({ kind }) => kind === EQUAL);
}

/**
 * Lays out the conditions of one flag. Their steps are:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | a condition | `ANY`, `EVERY` or `PLAIN` | where the condition ends | the segment's key for `PLAIN`, which has no step for the segment |
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
    const byKey = new Map<string, Segment>();
    for (const source of sources) byKey.set(source.key, compileSegment(source));
    const [only] = byKey.values();
    const plain = byKey.size === 1 && only !== undefined && isPlain(only) ? only : undefined;
    const mode = plain !== undefined ? PLAIN : operator === "AND_SEGMENT_OPERATOR" ? EVERY : ANY;
    const start = this.#layout.add(mode, 0, plain?.key);
    if (plain !== undefined) this.#addConstraints(plain);
    else for (const segment of byKey.values()) this.#addSegment(segment);
    this.#endHere(start);
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

  #addSegment(segment: Segment): void {
    const start = this.#layout.add(segment.settings, 0, segment.key);
    this.#addConstraints(segment);
    this.#endHere(start);
  }

  #addConstraints({ constraints }: Segment): void {
    for (const { property, kind, bound } of constraints) {
      const value = property === undefined ? 0 : this.#valueOf(property);
      this.#layout.add(value, kind, kind === EQUAL ? bound.text : bound);
    }
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
    for (let at = start + 2; at < end; at += 2) {
      if (values[steps[at] as number] !== operands[at >> 1]) return undefined;
    }
    return [operands[start >> 1] as string];
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
