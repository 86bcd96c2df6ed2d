// W6: contexts of fifty properties, of which the flag compares three.

import { entityIds, LAST_RULE_VARIANTS, matchingContext, otherContext, rulesFlag } from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { baselinePart } from "./w01_variant.ts";
import type { Workload } from "./workload.ts";

const PROPERTY_COUNT = 50;
const FLAG_KEY = "checkout-flow";

/** Returns the three compared properties, with others before and after them. */
function wideContextOf(read: Readonly<Record<string, string>>): Record<string, string> {
  const others = Array.from(
    { length: PROPERTY_COUNT - 3 },
    (_, n) => [`property${n}`, `the value of ${n}`] as const,
  );
  const entries = [...others.slice(0, 20), ...Object.entries(read), ...others.slice(20)];
  // Parsed from JSON, like the data of an application about its users.
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}

/** The workload. */
export const wideContext: Workload = {
  name: "W6",
  title: `variant: as W1, with contexts of ${PROPERTY_COUNT} properties`,
  measure: ({ effort, subjects }) => {
    const flags = Array.from({ length: 100 }, (_, n) => rulesFlag(n === 50 ? FLAG_KEY : `flag-${n}`));
    const question = (entityId: string, context: Record<string, string>) => ({
      flagKey: FLAG_KEY,
      entityId,
      context,
    });
    const part = {
      part: "",
      flags,
      kind: "variant",
      questions: entityIds().map((entityId) => question(entityId, wideContextOf(matchingContext()))),
      expectedResults: LAST_RULE_VARIANTS,
      defaultQuestions: [question("user", wideContextOf(otherContext()))],
    } as const;
    return measureEvaluations("W6", [part, baselinePart()], effort, subjects);
  },
};
