// Segments, and which of a rule's or rollout's segments match.

import type { EvaluationContext } from "../../src/types.ts";
import type { DocumentSegment } from "../document.ts";
import { compileConstraint, type Constraint, constraintMatches } from "./constraint.ts";
import type { Properties } from "./property.ts";

/** A segment, ready to be matched. */
export interface Segment {
  /** The key of the segment. */
  readonly key: string;
  /** Whether every constraint has to hold, and not only one. */
  readonly all: boolean;
  /** What holds when no constraint decides. */
  readonly otherwise: boolean;
  /** The constraints, from left to right. */
  readonly constraints: readonly Constraint[];
}

/** The segments of a rule or rollout. */
export interface SegmentGroup {
  /** Whether every segment has to match, and not only one. */
  readonly every: boolean;
  /** The segments, each key once. */
  readonly segments: readonly Segment[];
}

/** Compiles the segments of a rule or rollout. */
export function compileSegments(
  sources: readonly DocumentSegment[],
  operator: string | null | undefined,
  properties: Properties,
): SegmentGroup {
  const byKey = new Map<string, DocumentSegment>();
  for (const source of sources) byKey.set(source.key, source);
  return {
    every: operator === "AND_SEGMENT_OPERATOR",
    segments: Array.from(byKey.values(), (source) => compileSegment(source, properties)),
  };
}

/** The keys of the segments that match, as a new list; `undefined` when the group as a whole does not match. */
export function matchedKeys(
  group: SegmentGroup,
  entityId: string,
  context: EvaluationContext,
  evaluation: number,
): string[] | undefined {
  const { every, segments } = group;
  let keys: string[] | undefined = every ? [] : undefined;
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segmentMatches(segment, entityId, context, evaluation)) {
      if (keys === undefined) keys = [segment.key];
      else keys.push(segment.key);
    } else if (every) return undefined;
  }
  return keys;
}

function segmentMatches(
  segment: Segment,
  entityId: string,
  context: EvaluationContext,
  evaluation: number,
): boolean {
  const { constraints, all } = segment;
  for (let i = 0; i < constraints.length; i++) {
    if (constraintMatches(constraints[i] as Constraint, entityId, context, evaluation) !== all) return !all;
  }
  return segment.otherwise;
}

function compileSegment(source: DocumentSegment, properties: Properties): Segment {
  const all = source.matchType === "ALL_SEGMENT_MATCH_TYPE";
  const constraints: Constraint[] = [];
  for (const constraint of source.constraints) {
    const compiled = compileConstraint(constraint, properties);
    // A constraint of unknown type ends the comparison with "no match", whatever the match type.
    if (compiled === undefined) return { key: source.key, all, otherwise: false, constraints };
    constraints.push(compiled);
  }
  return { key: source.key, all, otherwise: all || constraints.length === 0, constraints };
}
