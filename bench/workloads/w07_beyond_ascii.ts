// W7: entities and values in other scripts than the Latin one.

import {
  entityIds,
  LAST_RULE_VARIANTS,
  matchingContext,
  otherContext,
  rulesFlag,
  type Words,
} from "../flags.ts";
import { measureEvaluations } from "./evaluation.ts";
import { baselinePart } from "./w01_variant.ts";
import type { Workload } from "./workload.ts";

const FLAG_KEY = "checkout-flow";

const NON_ASCII_WORDS: Words = {
  properties: ["country", "plan", "device"],
  values: ["日本", "Größe"],
  last: ["телефон", "планшет", "компьютер"],
  other: "часы",
};

/** The workload. */
export const beyondAscii: Workload = {
  name: "W7",
  title: "variant: as W1, with entities and values beyond ASCII",
  measure: ({ effort, subjects }) => {
    const flags = Array.from(
      { length: 100 },
      (_, n) => rulesFlag(n === 50 ? FLAG_KEY : `flag-${n}`, NON_ASCII_WORDS),
    );
    const entities = entityIds(undefined, (n) => `посетитель-${(n * 7919).toString(36)}-é🙂`);
    const part = {
      part: "",
      flags,
      kind: "variant",
      questions: entities.map((entityId) => ({
        flagKey: FLAG_KEY,
        entityId,
        context: matchingContext(NON_ASCII_WORDS),
      })),
      expectedResults: LAST_RULE_VARIANTS,
      defaultQuestions: [{
        flagKey: FLAG_KEY,
        entityId: "посетитель",
        context: otherContext(NON_ASCII_WORDS),
      }],
    } as const;
    return measureEvaluations("W7", [part, baselinePart()], effort, subjects);
  },
};
