// A flag that shows whether a constraint holds.

import type { DocumentConstraint, DocumentFlag } from "../../engines/document.ts";

/** A boolean flag that is on where the constraint holds. */
export function constraintFlag(key: string, constraint: DocumentConstraint): DocumentFlag {
  return {
    key,
    name: "",
    type: "BOOLEAN_FLAG_TYPE",
    enabled: false,
    rollouts: [{
      segment: {
        value: true,
        segments: [{ key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] }],
      },
    }],
  };
}
