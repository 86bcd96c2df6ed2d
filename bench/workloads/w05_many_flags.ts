// W5: 10,000 flags, and each call evaluates another one.

import { Random } from "../../tests/support/random.ts";
import { entityIds, LAST_RULE_VARIANTS, matchingContext, rulesFlag } from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { baselinePart } from "./w01_variant.ts";
import { severalProcesses, type Workload } from "./workload.ts";

/** Long enough to evaluate every flag about ten times per round: the first evaluation has cold CPU caches. */
const LONG_ROUNDS = { rounds: 9, roundMs: 60 } as const;

/** The workload. */
export const manyFlags: Workload = {
  name: "W5",
  title: "variant: 10,000 flags like that of W1, a random one each call",
  tasks: severalProcesses,
  measure: ({ effort, subjects }) => {
    const count = effort.isQuick ? 500 : 10_000;
    const random = new Random(5);
    const entities = entityIds();
    const contexts = entities.map(() => matchingContext());
    // Each key is one string, as in an application, so that the requests themselves do not fill the CPU caches.
    const keys = Array.from({ length: count }, (_, n) => `flag-${n}`);
    const questions = Array.from({ length: 2 * count }, (_, n) => ({
      flagKey: random.pick(keys),
      entityId: entities[n % entities.length] ?? "",
      context: contexts[n % entities.length] ?? {},
    }));
    const flags = keys.map((key) => rulesFlag(key));
    const part = {
      part: "",
      flags,
      kind: "variant",
      questions,
      expectedResults: LAST_RULE_VARIANTS,
    } as const;
    const longer = effort.isQuick ? effort : { ...effort, ...LONG_ROUNDS };
    return measureEvaluations("W5", [part, baselinePart()], longer, subjects);
  },
};
