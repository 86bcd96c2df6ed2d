// W1: a variant flag of three rules, of which the last matches.

import {
  entityIds,
  type Flag,
  LAST_RULE_VARIANTS,
  matchingContext,
  otherContext,
  type Question,
  rulesFlag,
} from "../flags.ts";
import { PARTS } from "../parts.ts";
import type { SubjectName } from "../subjects/subject.ts";
import { measureEvaluations, type Part } from "./evaluation.ts";
import { severalProcesses, type Workload } from "./workload.ts";

const OWN: readonly SubjectName[] = ["native", "portable"];

/** The evaluated flag, one of a hundred. */
const FLAG_KEY = "checkout-flow";

/** Returns the evaluation of W1, for workloads that are compared with it in the same process. */
export function baselinePart(): Part {
  return { ...variantPart(PARTS.baseline), subjects: OWN };
}

function variantPart(part: string): Part {
  const flags: Flag[] = Array.from({ length: 99 }, (_, n) => rulesFlag(`flag-${n}`));
  flags.splice(50, 0, rulesFlag(FLAG_KEY));
  const question = (entityId: string, context: Question["context"]): Question => ({
    flagKey: FLAG_KEY,
    entityId,
    context,
  });
  return {
    part,
    flags,
    kind: "variant",
    questions: entityIds().map((entityId) => question(entityId, matchingContext())),
    expectedResults: LAST_RULE_VARIANTS,
    defaultQuestions: entityIds(100).map((entityId) => question(entityId, otherContext())),
  };
}

/** The workload. */
export const variant: Workload = {
  name: "W1",
  title: "variant: 100 flags, 3 rules of 3 comparisons, the last matches, 2 distributions",
  tasks: severalProcesses,
  measure: ({ effort, subjects }) => measureEvaluations("W1", [variantPart("")], effort, subjects),
};
