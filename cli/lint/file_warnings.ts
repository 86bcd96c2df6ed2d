// The warnings of the file source that lint reports in addition to the findings of its own rules.

import { WARNING_RULES } from "../../file/warnings.ts";
import type { FeaturesWarning, WarningRule } from "../../file/warnings.ts";
import type { LocatedFinding } from "./finding.ts";
import { LINT_PAGE } from "./rule.ts";

/** The warnings whose mistakes a rule of lint finds as well. */
const FOUND_BY_LINT: ReadonlySet<WarningRule> = new Set<WarningRule>([
  "never-matches",
  "always-matches",
  "distribution-sum",
]);

/** A rule of the file source, described as one of lint. */
export interface FileRule {
  /** The name of the rule. */
  readonly id: WarningRule;
  /** The level of its findings. */
  readonly level: "warning";
  /** What it finds, in a sentence. */
  readonly finds: string;
}

/** The rules of the file source that lint reports. */
export const FILE_RULES: readonly FileRule[] = (Object.keys(WARNING_RULES) as WarningRule[])
  .filter((id) => !FOUND_BY_LINT.has(id))
  .map((id) => ({ id, level: "warning", finds: WARNING_RULES[id] }));

/** Returns the page that describes a rule, with its anchor. */
export function pageOf(rule: string): string {
  return FILE_RULES.some(({ id }) => id === rule) ? "docs/files.md#warnings" : `${LINT_PAGE}#${rule}`;
}

/** Returns warnings as findings, except those whose mistakes a rule of lint finds. */
export function warningFindings(warnings: readonly FeaturesWarning[]): LocatedFinding[] {
  return warnings.filter(({ rule }) => !FOUND_BY_LINT.has(rule)).map((warning) => {
    const { file, line, column, rule, message } = warning;
    return {
      rule,
      level: "warning",
      place: {},
      message,
      source: file,
      isFile: true,
      namespace: undefined,
      line,
      column,
    };
  });
}
