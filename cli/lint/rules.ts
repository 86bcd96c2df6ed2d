// Every rule of lint, in the order of the documentation, and what they find together.

import { constraintDifferences, neverMatches } from "./constraints.ts";
import type { Level, LintRule, Report, Subject } from "./rule.ts";
import { emptySegment, unusedSegment } from "./segments.ts";
import { appliesToNobody, unreachableRollout, unreachableRule } from "./unreachable.ts";
import { longList, pastDate } from "./values.ts";
import {
  distributionSums,
  duplicateKey,
  emptyShare,
  flagDifferences,
  noVariant,
  unusedVariant,
} from "./variants.ts";

/** Every rule. */
export const LINT_RULES: readonly LintRule[] = [
  neverMatches,
  unreachableRule,
  unreachableRollout,
  appliesToNobody,
  unusedSegment,
  emptySegment,
  unusedVariant,
  noVariant,
  distributionSums,
  emptyShare,
  duplicateKey,
  longList,
  pastDate,
  ...constraintDifferences,
  ...flagDifferences,
];

/** What a rule found. */
export interface Finding extends Report {
  /** The rule. */
  readonly rule: string;
  /** How bad it is. */
  readonly level: Level;
}

/** What all rules find. */
export function findingsIn(subject: Subject): Finding[] {
  return LINT_RULES.flatMap((rule) =>
    Array.from(rule.check(subject), (report) => ({ level: rule.level, ...report, rule: rule.id }))
  );
}
