// Says where a server's own evaluation API would come to something else. What that is comes from the engines' list of
// differences.

import type { DocumentConstraint, DocumentFlag } from "../../../engines/document.ts";
import type { DifferenceId } from "../../../engines/rules/differences.ts";
import {
  DIFFERENCES,
  isDisabledBoolean,
  ruleDifferences,
  serverVerdict,
} from "../../../engines/rules/differences.ts";
import type { ExplainedConstraint, ExplainedDifference, ExplainedRule } from "./explanation.ts";

/** The member `server` of a constraint that was compared; nothing where the server agrees. */
export function serverVerdictOn(
  constraint: DocumentConstraint,
  actual: string,
  holds: boolean,
): Pick<ExplainedConstraint, "server"> {
  const verdict = serverVerdict(constraint, actual, holds);
  return verdict === undefined ? {} : { server: { ...explained(verdict.id), holds: verdict.holds } };
}

/** The member `differences` of a boolean flag. */
export function booleanDifferences(flag: DocumentFlag): { differences?: readonly ExplainedDifference[] } {
  return isDisabledBoolean(flag) ? { differences: [explained("disabled-boolean")] } : {};
}

/** The member `differences` of a variant flag: those of the rule that decides, for the entity's bucket. */
export function variantDifferences(
  flag: DocumentFlag,
  rules: readonly ExplainedRule[],
  bucket: number,
): { differences?: readonly ExplainedDifference[] } {
  const decisive = rules.find(({ status }) => status === "matched");
  const rule = decisive && flag.rules?.[decisive.number - 1];
  const ids = rule ? ruleDifferences(rule, bucket) : [];
  return ids.length === 0 ? {} : { differences: ids.map(explained) };
}

function explained(id: DifferenceId): ExplainedDifference {
  return { difference: id, why: DIFFERENCES[id].because };
}
