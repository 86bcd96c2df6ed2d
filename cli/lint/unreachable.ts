// Rules for unreachable rules and rollouts, and for those that never apply.

import type { DocumentRollout, DocumentRule, DocumentSegment } from "../../engines/document.ts";
import { bucketsWithin, THRESHOLD_BUCKETS } from "../../engines/rules/buckets.ts";
import type { LintRule } from "./rule.ts";
import { rolloutsOf, rulesOf } from "./rule.ts";
import { numberText } from "./words.ts";

/** The segments that a rule or rollout applies to. */
interface Reach {
  readonly segments: ReadonlyMap<string, DocumentSegment>;
  readonly isAnd: boolean;
}

function reachOf(
  segments: readonly DocumentSegment[] | null | undefined,
  operator: string | null | undefined,
): Reach {
  return {
    segments: new Map((segments ?? []).map((segment) => [segment.key, segment])),
    isAnd: operator === "AND_SEGMENT_OPERATOR",
  };
}

function reachOfRule({ segments, segmentOperator }: DocumentRule): Reach {
  return reachOf(segments, segmentOperator);
}

function reachOfRollout({ segment }: DocumentRollout): Reach | undefined {
  return segment ? reachOf(segment.segments, segment.segmentOperator) : undefined;
}

/** Returns whether every entity matches: a segment without constraints matches all. */
function isEverybody({ segments, isAnd }: Reach): boolean {
  const all = [...segments.values()];
  const isFree = ({ constraints }: DocumentSegment): boolean => constraints.length === 0;
  return isAnd ? all.every(isFree) : all.some(isFree);
}

/** Returns whether all entities in `later` are also in `earlier`, judged by the keys of segments. */
function covers(earlier: Reach, later: Reach): boolean {
  const has = (key: string): boolean => earlier.segments.has(key);
  const keys = [...later.segments.keys()];
  if (keys.length === 0) return false;
  if (!earlier.isAnd || earlier.segments.size === 1) {
    // One of the earlier segments is sufficient.
    return later.isAnd ? keys.some(has) : keys.every(has);
  }
  return later.isAnd && [...earlier.segments.keys()].every((key) => later.segments.has(key));
}

/** Returns which earlier rule or rollout makes one unreachable, as text. */
function whatCovers(
  earlier: readonly (Reach | undefined)[],
  own: Reach | undefined,
  what: string,
): string | undefined {
  for (const [number, reach] of earlier.entries()) {
    if (reach === undefined) continue;
    if (isEverybody(reach)) return `${what} ${number + 1} always matches`;
    if (own !== undefined && covers(reach, own)) {
      return `${what} ${number + 1} matches everything that it could match`;
    }
  }
  return undefined;
}

/** Finds rules of variant flags that an earlier rule makes unreachable. */
export const unreachableRule: LintRule = {
  id: "unreachable-rule",
  level: "warning",
  finds: "a rule after one that always matches, or that matches everything that it could match",
  example: {
    of: "variant flag",
    yaml:
      "rules: [{ segment: everyone, distributions: [{ variant: a, rollout: 100 }] }, { segment: some, distributions: [{ variant: b, rollout: 100 }] }]",
  },
  *check(subject) {
    for (const { flag, rule, place } of rulesOf(subject)) {
      const earlier = (flag.rules ?? []).slice(0, place.rule).map(reachOfRule);
      const why = whatCovers(earlier, reachOfRule(rule), "rule");
      if (why !== undefined) yield { place, message: `this rule is never reached: ${why}` };
    }
  },
};

/** Finds rollouts of boolean flags that an earlier rollout makes unreachable. */
export const unreachableRollout: LintRule = {
  id: "unreachable-rollout",
  level: "warning",
  finds: "a rollout after a threshold of 100, a higher threshold, or segments that always match",
  example: {
    of: "boolean flag",
    yaml:
      "rollouts: [{ threshold: { percentage: 100, value: true } }, { segment: { key: some, value: false } }]",
  },
  *check(subject) {
    for (const { flag, rollout, place } of rolloutsOf(subject)) {
      const earlier = (flag.rollouts ?? []).slice(0, place.rollout);
      const why = whatTakesAll(earlier, rollout) ??
        // In a rollout with both, the threshold takes precedence.
        whatCovers(
          earlier.map((each) => each.threshold ? undefined : reachOfRollout(each)),
          rollout.threshold ? undefined : reachOfRollout(rollout),
          "rollout",
        );
      if (why !== undefined) yield { place, message: `this rollout is never reached: ${why}` };
    }
  },
};

function whatTakesAll(
  earlier: readonly DocumentRollout[],
  { threshold }: DocumentRollout,
): string | undefined {
  for (const [number, { threshold: before }] of earlier.entries()) {
    if (!before) continue;
    const within = bucketsWithin(before.percentage);
    if (within === THRESHOLD_BUCKETS) return `the threshold of rollout ${number + 1} applies to every entity`;
    // An entity has the same bucket for all thresholds of a flag.
    if (threshold && bucketsWithin(threshold.percentage) <= within) {
      return `the entities below ${numberText(threshold.percentage)} % are also below the ${
        numberText(before.percentage)
      } % of rollout ${number + 1}`;
    }
  }
  return undefined;
}

/** Finds rules and rollouts that never apply. */
export const appliesToNobody: LintRule = {
  id: "applies-to-nobody",
  level: "warning",
  finds: "a threshold of 0, or, in a document, a rule or rollout without segments",
  example: { of: "boolean flag", yaml: "rollouts: [{ threshold: { percentage: 0, value: true } }]" },
  *check(subject) {
    // Reading files warns of what has no segments, and of thresholds that are out of range.
    const isDocument = subject.declared === undefined;
    for (const { rollout: { threshold, segment }, place } of rolloutsOf(subject)) {
      if (threshold) {
        const { percentage } = threshold;
        if (bucketsWithin(percentage) > 0 || !isDocument && percentage < 0) continue;
        yield { place, message: `a threshold of ${numberText(percentage)} % applies to nobody` };
      } else if (isDocument) {
        const whom = segment
          ? whomWithoutSegments(reachOf(segment.segments, segment.segmentOperator))
          : NOBODY;
        if (whom === undefined) continue;
        const what = segment ? "no segments" : "neither a threshold nor segments";
        yield { place, message: `this rollout has ${what}, and applies to ${whom}` };
      }
    }
    for (const { rule, place } of isDocument ? rulesOf(subject) : []) {
      const whom = whomWithoutSegments(reachOfRule(rule));
      if (whom !== undefined) yield { place, message: `this rule has no segments, and matches ${whom}` };
    }
  },
};

const NOBODY = "nobody";

/** Returns to whom a rule or rollout applies that has no segments, or `undefined` when it has some. */
function whomWithoutSegments({ segments, isAnd }: Reach): string | undefined {
  if (segments.size > 0) return undefined;
  return isAnd ? "every entity" : NOBODY;
}
