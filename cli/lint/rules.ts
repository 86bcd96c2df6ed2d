// The list of all lint rules.

import { alwaysMatches, CONSTRAINT_DIFFERENCES, neverMatches } from "./constraints.ts";
import type { Level, LintRule, Report, Subject } from "./rule.ts";
import { emptySegment, unusedSegment } from "./segments.ts";
import { appliesToNobody, unreachableRollout, unreachableRule } from "./unreachable.ts";
import { longList, pastDate } from "./values.ts";
import {
  distributionSums,
  duplicateKey,
  emptyShare,
  FLAG_DIFFERENCES,
  noVariant,
  unusedVariant,
} from "./variants.ts";

/** All rules, in the order of the documentation. */
export const LINT_RULES: readonly LintRule[] = [
  neverMatches,
  alwaysMatches,
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
  ...CONSTRAINT_DIFFERENCES,
  ...FLAG_DIFFERENCES,
];

/** A finding of a rule. */
export interface Finding extends Report {
  /** The name of the rule. */
  readonly rule: string;
  /** The severity. */
  readonly level: Level;
}

/** Returns the findings of all rules. */
export function findingsIn(subject: Subject): Finding[] {
  return LINT_RULES.flatMap((rule) =>
    Array.from(rule.check(subject), (report) => ({ level: rule.level, ...report, rule: rule.id }))
  );
}
