// W11: the cost of an evaluation as the number of flags, the length of a list or the number of rules grows.

import {
  ASCII_WORDS,
  entityIds,
  LAST_RULE_VARIANTS,
  matchingContext,
  rulesFlag,
  type VariantFlag,
  type Words,
} from "../flags.ts";
import { Random } from "../../tests/support/random.ts";
import { PARTS } from "../parts.ts";
import type { SubjectName } from "../subjects/subject.ts";
import { measureEvaluations, type Part } from "./evaluation.ts";
import { listPart } from "./w04_list.ts";
import type { Workload } from "./workload.ts";

const OWN: readonly SubjectName[] = ["native", "portable"];
const WITH_OFFICIAL: readonly SubjectName[] = [...OWN, "official"];

/** The official client is not measured beyond this size: it would take minutes. */
const OFFICIAL_MAX_SIZE = 10_000;

/** Returns a part with flags of one rule, of which a thousand random ones are evaluated. */
function flagsPart(count: number): Part {
  const small = (n: number): VariantFlag => ({
    kind: "variant",
    key: `flag-${n}`,
    rules: [{ conditions: [{ property: "country", value: "NL" }], variants: LAST_RULE_VARIANTS }],
  });
  const random = new Random(count);
  return {
    part: PARTS.flags(count),
    flags: Array.from({ length: count }, (_, n) => small(n)),
    kind: "variant",
    questions: entityIds().map((entityId) => ({
      flagKey: `flag-${random.below(count)}`,
      entityId,
      context: { country: "NL" },
    })),
    expectedResults: LAST_RULE_VARIANTS,
    subjects: count <= OFFICIAL_MAX_SIZE ? WITH_OFFICIAL : OWN,
    note: "takes too long",
  };
}

/** Returns a part with a flag of `count` rules, of which the last matches. */
function rulesPart(count: number): Part {
  const last = Array.from({ length: count }, (_, n) => `device-${n}`) as [string, ...string[]];
  const words: Words = { ...ASCII_WORDS, last };
  return {
    part: PARTS.rules(count),
    flags: [rulesFlag("checkout-flow", words)],
    kind: "variant",
    questions: entityIds().map((entityId) => ({
      flagKey: "checkout-flow",
      entityId,
      context: matchingContext(words),
    })),
    expectedResults: LAST_RULE_VARIANTS,
    subjects: WITH_OFFICIAL,
  };
}

function lengthPart(length: number): Part {
  return {
    ...listPart(PARTS.list(length), length),
    subjects: length <= OFFICIAL_MAX_SIZE ? WITH_OFFICIAL : OWN,
    note: "takes too long",
  };
}

/** The dimensions that grow, by the part of the task. */
const DIMENSIONS: Readonly<Record<string, { make(size: number): Part; sizes: readonly number[] }>> = {
  flags: { make: flagsPart, sizes: [10, 100, 1000, 10_000, 100_000] },
  lists: { make: lengthPart, sizes: [10, 100, 1000, 10_000, 100_000] },
  rules: { make: rulesPart, sizes: [1, 3, 10, 30, 100] },
};

/** The workload. */
export const size: Workload = {
  name: "W11",
  title: "cost against size: of the document, of a list, of a flag",
  tasks: () => Object.keys(DIMENSIONS).map((part) => ({ part })),
  measure: ({ effort, subjects, task }) => {
    const dimension = DIMENSIONS[task?.part ?? ""];
    if (dimension === undefined) throw new Error(`there is no part ${task?.part}`);
    const sizes = dimension.sizes.filter((each) => !effort.isQuick || each <= 1000);
    const measured = subjects.filter((subject) => WITH_OFFICIAL.includes(subject));
    return measureEvaluations("W11", sizes.map((each) => dimension.make(each)), effort, measured);
  },
};
