// W11: what an evaluation costs as documents grow, in each of three directions.

import {
  entityIds,
  LAST_RULE_VARIANTS,
  matchingContext,
  PLAIN_WORDS,
  randomNumbers,
  rulesFlag,
  type VariantFlag,
  type Words,
} from "../flags.ts";
import { PARTS } from "../parts.ts";
import type { SubjectName } from "../subjects/subject.ts";
import { measureEvaluations, type Part } from "./evaluation.ts";
import { listPart } from "./w04_list.ts";
import type { Workload } from "./workload.ts";

const OWN: readonly SubjectName[] = ["native", "portable"];
const WITH_OFFICIAL: readonly SubjectName[] = [...OWN, "official"];

/** The official client takes minutes where its cost grows with the size. */
const OFFICIAL_LIMIT = 10_000;

/** Flags of one rule; the calls are for a thousand of them, picked at random. */
function flagsPart(count: number): Part {
  const small = (n: number): VariantFlag => ({
    kind: "variant",
    key: `flag-${n}`,
    rules: [{ conditions: [{ property: "country", value: "NL" }], variants: LAST_RULE_VARIANTS }],
  });
  const random = randomNumbers(count);
  return {
    part: PARTS.flags(count),
    flags: Array.from({ length: count }, (_, n) => small(n)),
    kind: "variant",
    questions: entityIds().map((entityId) => ({
      flagKey: `flag-${Math.floor(random() * count)}`,
      entityId,
      context: { country: "NL" },
    })),
    outcomes: LAST_RULE_VARIANTS,
    subjects: count <= OFFICIAL_LIMIT ? WITH_OFFICIAL : OWN,
    note: "takes too long",
  };
}

/** A flag of so many rules, of which the last holds. */
function rulesPart(count: number): Part {
  const last = Array.from({ length: count }, (_, n) => `device-${n}`) as [string, ...string[]];
  const words: Words = { ...PLAIN_WORDS, last };
  return {
    part: PARTS.rules(count),
    flags: [rulesFlag("checkout-flow", words)],
    kind: "variant",
    questions: entityIds().map((entityId) => ({
      flagKey: "checkout-flow",
      entityId,
      context: matchingContext(words),
    })),
    outcomes: LAST_RULE_VARIANTS,
    subjects: WITH_OFFICIAL,
  };
}

function lengthPart(length: number): Part {
  return {
    ...listPart(PARTS.list(length), length),
    subjects: length <= OFFICIAL_LIMIT ? WITH_OFFICIAL : OWN,
    note: "takes too long",
  };
}

/** The directions, by the name of the process. */
const DIRECTIONS: Readonly<Record<string, { make(size: number): Part; sizes: readonly number[] }>> = {
  flags: { make: flagsPart, sizes: [10, 100, 1000, 10_000, 100_000] },
  lists: { make: lengthPart, sizes: [10, 100, 1000, 10_000, 100_000] },
  rules: { make: rulesPart, sizes: [1, 3, 10, 30, 100] },
};

/** The workload. */
export const size: Workload = {
  name: "W11",
  title: "cost against size: of the document, of a list, of a flag",
  tasks: () => Object.keys(DIRECTIONS).map((part) => ({ part })),
  measure: ({ effort, subjects, task }) => {
    const direction = DIRECTIONS[task?.part ?? ""];
    if (direction === undefined) throw new Error(`there is no direction ${task?.part}`);
    const sizes = direction.sizes.filter((each) => !effort.isQuick || each <= 1000);
    const asked = subjects.filter((subject) => WITH_OFFICIAL.includes(subject));
    return measureEvaluations("W11", sizes.map((each) => direction.make(each)), effort, asked);
  },
};
