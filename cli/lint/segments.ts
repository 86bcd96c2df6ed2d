// Rules on segments as a whole.

import { quote } from "../../core/describe.ts";
import type { LintRule, Subject } from "./rule.ts";
import { rolloutsOf, rulesOf } from "./rule.ts";

/** Segments without constraints, which everybody is in. */
export const emptySegment: LintRule = {
  id: "empty-segment",
  level: "note",
  finds: "a segment without constraints: everybody is in it",
  example: {
    of: "file",
    yaml: "segments: [{ key: nobody, name: Nobody, match_type: ANY_MATCH_TYPE }]",
  },
  *check({ segments }) {
    for (const { segment: { key, constraints }, place } of segments) {
      if (constraints.length > 0) continue;
      yield { place, message: `segment ${quote(key)} has no constraints: it matches everybody` };
    }
  },
};

/** Segments of a file that no rule and no rollout names. */
export const unusedSegment: LintRule = {
  id: "unused-segment",
  level: "warning",
  finds: "a segment that no rule and no rollout of the file names",
  example: {
    of: "file",
    yaml: "segments: [{ key: staff, name: Staff, match_type: ALL_MATCH_TYPE }]",
  },
  *check(subject) {
    if (subject.declared === undefined) return;
    const used = usedSegments(subject);
    for (const { segment: { key }, place } of subject.segments) {
      if (used.has(key)) continue;
      yield { place, message: `segment ${quote(key)} is not used: no rule and no rollout names it` };
    }
  },
};

function usedSegments(subject: Subject): Set<string> {
  return new Set([
    ...rulesOf(subject).flatMap(({ rule }) => rule.segments ?? []),
    ...rolloutsOf(subject).flatMap(({ rollout }) => rollout.segment?.segments ?? []),
  ].map(({ key }) => key));
}
