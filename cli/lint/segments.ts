// Rules for segments.

import { quote } from "../../core/describe.ts";
import type { LintRule } from "./rule.ts";

/** Finds segments without constraints, which match every entity. */
export const emptySegment: LintRule = {
  id: "empty-segment",
  level: "note",
  finds: "a segment without constraints: it matches every entity",
  example: {
    of: "file",
    yaml: "segments: [{ key: nobody, name: Nobody, match_type: ANY_MATCH_TYPE }]",
  },
  *check({ segments }) {
    for (const { segment: { key, constraints }, place } of segments) {
      if (constraints.length > 0) continue;
      yield { place, message: `segment ${quote(key)} has no constraints: it matches every entity` };
    }
  },
};

/** Finds segments of a file that no rule and no rollout uses. */
export const unusedSegment: LintRule = {
  id: "unused-segment",
  level: "warning",
  finds: "a segment that no rule and no rollout of the file uses",
  example: {
    of: "file",
    yaml: "segments: [{ key: staff, name: Staff, match_type: ALL_MATCH_TYPE }]",
  },
  *check(subject) {
    if (subject.declared === undefined) return;
    const used = subject.declared.named;
    for (const { segment: { key }, place } of subject.segments) {
      if (used.has(key)) continue;
      yield { place, message: `segment ${quote(key)} is not used by any rule or rollout` };
    }
  },
};
