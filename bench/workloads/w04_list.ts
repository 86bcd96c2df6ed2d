// W4: a variant behind a list of 10,000 values.

import { entityIds, LAST_RULE_VARIANTS, OFF, type VariantFlag } from "../flags.ts";
import { PARTS } from "../parts.ts";
import { measureEvaluations, type Part } from "./evaluation.ts";
import type { Workload } from "./workload.ts";

const LIST_LENGTH = 10_000;
const FLAG_KEY = "early-access";

/** Returns a part with a flag for the members of a list, evaluated for members from all over the list. */
export function listPart(part: string, length: number, entities?: number): Part {
  return {
    part,
    flags: [listFlag(length)],
    kind: "variant",
    questions: entityIds(entities).map((entityId, n) => ({
      flagKey: FLAG_KEY,
      entityId,
      context: { account: account(Math.floor(n * 7919 % length)) },
    })),
    expectedResults: LAST_RULE_VARIANTS,
    defaultQuestions: [{ flagKey: FLAG_KEY, entityId: "user", context: { account: account(length) } }],
  };
}

function listFlag(length: number): VariantFlag {
  const value = Array.from({ length }, (_, n) => account(n));
  return {
    kind: "variant",
    key: FLAG_KEY,
    rules: [{ conditions: [{ property: "account", value }], variants: LAST_RULE_VARIANTS }],
  };
}

function account(n: number): string {
  return `account-${(n * 2_654_435_761 % 2 ** 32).toString(36)}`;
}

/** The workload. */
export const list: Workload = {
  name: "W4",
  title: `variant behind a list of ${LIST_LENGTH.toLocaleString("en-US")} values`,
  measure: ({ effort, subjects }) => {
    const hit = listPart(PARTS.hit, LIST_LENGTH);
    const miss: Part = {
      ...hit,
      part: PARTS.miss,
      questions: hit.questions.map((question, n) => ({
        ...question,
        context: { account: account(LIST_LENGTH + n) },
      })),
      expectedResults: [OFF],
    };
    return measureEvaluations("W4", [hit, miss], effort, subjects);
  },
};
