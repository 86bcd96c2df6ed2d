// W5: 10,000 flags, and each call asks for another one.

import { entityIds, LAST_RULE_VARIANTS, matchingContext, randomNumbers, rulesFlag } from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { baselinePart } from "./w01_variant.ts";
import { severalProcesses, type Workload } from "./workload.ts";

/** In a round every flag is asked for some ten times: the first one finds the caches full of what others left there. */
const LONG_ROUNDS = { rounds: 9, roundMillis: 60 } as const;

/** The workload. */
export const manyFlags: Workload = {
  name: "W5",
  title: "variant: 10,000 flags like that of W1, a random one each call",
  tasks: severalProcesses,
  measure: ({ effort, subjects }) => {
    const count = effort.isQuick ? 500 : 10_000;
    const random = randomNumbers(5);
    const entities = entityIds();
    const contexts = entities.map(() => matchingContext());
    // One string a key, as in the code of an application: the requests themselves should not fill the caches.
    const keys = Array.from({ length: count }, (_, n) => `flag-${n}`);
    const questions = Array.from({ length: 2 * count }, (_, n) => ({
      flagKey: keys[Math.floor(random() * count)] ?? "",
      entityId: entities[n % entities.length] ?? "",
      context: contexts[n % entities.length] ?? {},
    }));
    const flags = keys.map((key) => rulesFlag(key));
    const part = { part: "", flags, kind: "variant", questions, outcomes: LAST_RULE_VARIANTS } as const;
    const longer = effort.isQuick ? effort : { ...effort, ...LONG_ROUNDS };
    return measureEvaluations("W5", [part, baselinePart()], longer, subjects);
  },
};
