// W2: a boolean flag that is on for half of the entities.

import { type BooleanFlag, entityIds } from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { severalProcesses, type Workload } from "./workload.ts";

/** The evaluated flag, one of a hundred. */
export const FLAG_KEY = "dark-mode";

/** Returns all flags. */
export function booleanFlags(): BooleanFlag[] {
  return Array.from({ length: 100 }, (_, n) => ({
    kind: "boolean",
    key: n === 50 ? FLAG_KEY : `flag-${n}`,
    percentage: 50,
  }));
}

/** The workload. */
export const boolean: Workload = {
  name: "W2",
  title: "boolean: a threshold of 50 %",
  tasks: severalProcesses,
  measure: ({ effort, subjects }) => {
    return measureEvaluations(
      "W2",
      [{
        part: "",
        flags: booleanFlags(),
        kind: "boolean",
        questions: entityIds().map((entityId) => ({ flagKey: FLAG_KEY, entityId, context: {} })),
        expectedResults: ["true", "false"],
      }],
      effort,
      subjects,
    );
  },
};
