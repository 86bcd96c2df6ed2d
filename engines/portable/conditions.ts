// The conditions of a flag's rules or rollouts: the segments of each, and the constraints of those.

import type { EvaluationContext } from "../../core/types.ts";
import type { DocumentSegment } from "../document.ts";
import { type Bound, compare, EQUAL_KIND } from "./comparison.ts";
import type { Constraint, Constraints } from "./constraint.ts";
import type { Layout, Property, Step } from "./layout.ts";
import { textAt } from "./property.ts";

/** One segment has to match, or more do. */
const ANY = -1;
/** Every segment has to match. */
const EVERY = -2;

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

/**
 * Lays out the conditions of one flag. A condition is one step in the usual case, which is that of a single segment, all of
 * whose constraints have to hold and are of the kind `EQUAL`; else it is two, and one more a segment:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | a usual condition | where its constraints are | what the rule or rollout wants | the segment's key |
 * | any other | `ANY` or `EVERY` | what the rule or rollout wants | none |
 * | its second step | how many segments follow | none | none |
 * | a segment of it | where its constraints are | none | its key |
 *
 * Constraints are a part that flags share:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | all of them | where they end | the sum of `ALL` and `OTHERWISE` | none |
 * | one | which value is compared | how | with what: text for `EQUAL`, else a bound |
 */
export class ConditionsBuilder {
  /** How many constraints there are. */
  count = 0;
  readonly #layout: Layout;
  readonly #constraints: Constraints;
  readonly #properties = new Set<Property>();
  #areUsual = true;

  /** Puts constraints into `layout`. */
  constructor(layout: Layout, constraints: Constraints) {
    this.#layout = layout;
    this.#constraints = constraints;
  }

  /** The steps of a condition. */
  steps(
    sources: readonly DocumentSegment[],
    operator: string | null | undefined,
    second: number,
  ): readonly Step[] {
    const byKey = new Map<string, Segment>();
    for (const source of sources) byKey.set(source.key, this.#compile(source));
    const segments = [...byKey.values()].map((segment): Step => [this.#place(segment), 0, segment.key]);
    const [only] = byKey.values();
    if (byKey.size === 1 && only !== undefined && isUsual(only)) {
      return segments.map(([at, , key]) => [at, second, key]);
    }
    this.#areUsual = false;
    return [[operator === "AND_SEGMENT_OPERATOR" ? EVERY : ANY, second], [segments.length, 0], ...segments];
  }

  /**
   * A step that says what to read of a context beforehand: where the properties are, a step each, and how many; -1 for
   * nothing, unless all conditions are usual ones.
   */
  reading(operand?: Int32Array): Step {
    if (!this.#areUsual) return [0, -1, operand];
    const properties = [...this.#properties];
    const name = `reads ${properties.map(({ slot }) => slot).join(" ")}`;
    const at = this.#layout.part(name, () => properties.map((property) => [0, 0, property]));
    return [at, properties.length, operand];
  }

  #compile({ key, matchType, constraints }: DocumentSegment): Segment {
    const all = matchType === "ALL_SEGMENT_MATCH_TYPE" ? ALL : 0;
    const compiled: Constraint[] = [];
    for (const source of constraints) {
      const constraint = this.#constraints.of(source);
      // A constraint of unknown type ends the comparison with "no match", whatever the match type.
      if (constraint === undefined) return { key, settings: all, constraints: compiled };
      compiled.push(constraint);
    }
    const otherwise = all === ALL || compiled.length === 0 ? OTHERWISE : 0;
    return { key, settings: all + otherwise, constraints: compiled };
  }

  #place({ settings, constraints }: Segment): number {
    this.count += constraints.length;
    for (const { property } of constraints) if (property !== undefined) this.#properties.add(property);
    const name = `constraints ${settings} ${constraints.map(({ id }) => id).join(" ")}`;
    return this.#layout.part(name, (start) => [
      [start + (constraints.length + 1) * 2, settings],
      ...constraints.map(({ property, kind, bound }): Step => [
        property?.slot ?? 0,
        kind,
        kind === EQUAL_KIND ? bound.text : bound,
      ]),
    ]);
  }
}

function isUsual({ settings, constraints }: Segment): boolean {
  return settings === ALL + OTHERWISE && constraints.every(({ kind }) => kind === EQUAL_KIND);
}

/** Where the step behind a condition is. */
export function endOf({ steps }: Layout, condition: number): number {
  return (steps[condition] as number) >= 0
    ? condition + 2
    : condition + 4 + (steps[condition + 2] as number) * 2;
}

/**
 * The keys of the segments that match, as a new list; `undefined` when the condition as a whole is not met.
 * @param condition Where the condition is.
 * @param texts What the flag compares, by slot, if that was read beforehand.
 */
export function matchedKeys(
  layout: Layout,
  condition: number,
  texts: readonly string[] | undefined,
  entityId: string,
  context: EvaluationContext,
): string[] | undefined {
  const { steps, operands } = layout;
  const constraints = steps[condition] as number;
  // The usual case is so short that compilers put it where it is called.
  if (constraints < 0) return matchedSegments(layout, condition, entityId, context);
  if (texts === undefined) {
    if (!matches(layout, constraints, entityId, context)) return undefined;
  } else {
    const end = steps[constraints] as number;
    for (let at = constraints + 2; at < end; at += 2) {
      if (texts[steps[at] as number] !== operands[at >> 1]) return undefined;
    }
  }
  return [operands[condition >> 1] as string];
}

function matchedSegments(
  layout: Layout,
  condition: number,
  entityId: string,
  context: EvaluationContext,
): string[] | undefined {
  const { steps, operands } = layout;
  const every = steps[condition] === EVERY;
  const end = endOf(layout, condition);
  let keys: string[] | undefined = every ? [] : undefined;
  for (let segment = condition + 4; segment < end; segment += 2) {
    if (matches(layout, steps[segment] as number, entityId, context)) {
      const key = operands[segment >> 1] as string;
      if (keys === undefined) keys = [key];
      else keys.push(key);
    } else if (every) return undefined;
  }
  return keys;
}

function matches(
  layout: Layout,
  constraints: number,
  entityId: string,
  context: EvaluationContext,
): boolean {
  const { steps, operands } = layout;
  const end = steps[constraints] as number;
  const settings = steps[constraints + 1] as number;
  const all = (settings & ALL) !== 0;
  for (let at = constraints + 2; at < end; at += 2) {
    const value = textAt(steps[at] as number, layout, entityId, context);
    const kind = steps[at + 1] as number;
    const operand = operands[at >> 1];
    if ((kind === EQUAL_KIND ? value === operand : compare(kind, value, operand as Bound)) !== all) {
      return !all;
    }
  }
  return (settings & OTHERWISE) !== 0;
}
