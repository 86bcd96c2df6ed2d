// W2: a boolean flag that is on for half of the entities.

import { entityIds, type Flag } from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { severalProcesses, type Workload } from "./workload.ts";

const FLAG_KEY = "dark-mode";

/** The workload. */
export const boolean: Workload = {
  name: "W2",
  title: "boolean: a threshold of 50 %",
  tasks: severalProcesses,
  measure: ({ effort, subjects }) => {
    const flags: Flag[] = Array.from(
      { length: 99 },
      (_, n) => ({ kind: "boolean", key: `flag-${n}`, percentage: 50 }),
    );
    flags.splice(50, 0, { kind: "boolean", key: FLAG_KEY, percentage: 50 });
    return measureEvaluations(
      "W2",
      [{
        part: "",
        flags,
        kind: "boolean",
        questions: entityIds().map((entityId) => ({ flagKey: FLAG_KEY, entityId, context: {} })),
        outcomes: ["true", "false"],
      }],
      effort,
      subjects,
    );
  },
};
