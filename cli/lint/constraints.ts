// Rules for single constraints: those that never or always match, and those that a server's own API and clients judge
// differently, with one rule per known difference.

import { quote } from "../../core/describe.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import type { ConstraintExample, DifferenceId, ServerVerdict } from "../../engines/rules/differences.ts";
import { DIFFERENCE_IDS, DIFFERENCES, serverVerdict } from "../../engines/rules/differences.ts";
import { parseServerTime, trimAsServer } from "../../engines/rules/server_values.ts";
import { constraintFault, faultText } from "../../file/matching.ts";
import type { ConstraintFault } from "../../file/matching.ts";
import { judge } from "../../src/evaluation/explain/constraint.ts";
import { tellingValues } from "../telling_values.ts";
import type { LintRule, Report } from "./rule.ts";
import { constraintsOf } from "./rule.ts";
import { constraintText, propertyOf } from "./words.ts";

/** A value that servers and clients evaluate differently. */
interface Witness extends ServerVerdict {
  readonly actual: string;
}

/** Cached, since the rule of each difference needs them. */
const witnessesByConstraint = new WeakMap<DocumentConstraint, readonly Witness[]>();

/** Returns the first value for each difference that a constraint shows. */
function witnessesOf(constraint: DocumentConstraint): readonly Witness[] {
  const found = witnessesByConstraint.get(constraint) ?? findWitnesses(constraint);
  witnessesByConstraint.set(constraint, found);
  return found;
}

function findWitnesses(constraint: DocumentConstraint): Witness[] {
  const found = new Map<DifferenceId, Witness>();
  for (const actual of tellingValues(constraint)) {
    const verdict = serverVerdict(constraint, actual, judge(constraint, actual).holds);
    if (verdict !== undefined && !found.has(verdict.id)) found.set(verdict.id, { ...verdict, actual });
  }
  return [...found.values()];
}

/** Finds constraints that never match, neither in clients nor on a server. */
export const neverMatches: LintRule = faultRule("never-matches", {
  finds: "a constraint that nothing matches, neither in clients nor on a server",
  example: "{ type: STRING_COMPARISON_TYPE, property: plan, operator: isoneof, value: '[]' }",
});

/** Finds constraints that every value matches, in clients and on a server. */
export const alwaysMatches: LintRule = faultRule("always-matches", {
  finds: "a constraint that every value matches, in clients and on a server",
  example: "{ type: STRING_COMPARISON_TYPE, property: plan, operator: isnotoneof, value: '[]' }",
});

/** Where a server answers differently, the rule of the difference reports it. */
function faultRule(
  id: ConstraintFault["rule"],
  { finds, example: yaml }: { readonly finds: string; readonly example: string },
): LintRule {
  return {
    id,
    level: "warning",
    finds,
    example: { of: "constraint", yaml },
    *check(subject) {
      for (const { constraint, place } of constraintsOf(subject)) {
        const fault = constraintFault(constraint);
        if (fault?.rule !== id || witnessesOf(constraint).some((witness) => isOther(witness, fault))) {
          continue;
        }
        yield { place, message: faultText(constraintText(constraint), fault) };
      }
    },
  };
}

/** Returns whether a server does with a value what, for the fault of the constraint, no client does. */
function isOther({ holds }: Witness, { rule }: ConstraintFault): boolean {
  return holds === (rule === "never-matches");
}

/** The rules for differences of constraints, one each. */
export const CONSTRAINT_DIFFERENCES: readonly LintRule[] = DIFFERENCE_IDS.flatMap((id) => {
  const { example } = DIFFERENCES[id];
  return "constraint" in example ? [differenceRule(id, example)] : [];
});

function differenceRule(
  id: DifferenceId,
  { constraint: { type, property, operator, value } }: ConstraintExample,
): LintRule {
  const { subject: what } = DIFFERENCES[id];
  const shown = value === "" ? "" : `, value: '${value.replaceAll("'", "''")}'`;
  const quoted = operator === "true" || operator === "false" ? `"${operator}"` : operator;
  const fileType = type.replace("_CONSTRAINT_COMPARISON_TYPE", "_COMPARISON_TYPE");
  return {
    id,
    level: "warning",
    finds: `a constraint that a server's own API and clients evaluate differently: ${what}`,
    example: {
      of: "constraint",
      yaml: `{ type: ${fileType}, property: ${property}, operator: ${quoted}${shown} }`,
    },
    *check(subject) {
      for (const { constraint, place } of constraintsOf(subject)) {
        const witness = witnessesOf(constraint).find((each) => each.id === id);
        if (witness === undefined) continue;
        yield reportOf(constraint, witness, constraintFault(constraint), place);
      }
    },
  };
}

function reportOf(
  constraint: DocumentConstraint,
  witness: Witness,
  constraintFault: ConstraintFault | undefined,
  place: Report["place"],
): Report {
  const { id, holds, actual } = witness;
  const { because } = DIFFERENCES[id];
  const value = `${propertyOf(constraint)} ${quote(actual)}`;
  const verdict = (isMatch: boolean): string => isMatch ? "matches" : "does not match";
  const text = constraintText(constraint);
  const fault = constraintFault !== undefined && isOther(witness, constraintFault)
    ? constraintFault
    : undefined;
  return {
    place,
    level: fault === undefined && !isByValue(constraint, id) ? "note" : "warning",
    message: fault === undefined
      ? `${text}: ${value} ${verdict(holds)} on a server and ${verdict(!holds)} in clients: ${because}`
      : `${text} ${fault.effect} in clients: ${fault.reason}; ${value} ${
        verdict(holds)
      } on a server: ${because}; ` +
        fault.advice,
    answers: { value: actual, server: verdict(holds), clients: verdict(!holds) },
  };
}

/** Returns whether the constraint's own value is parsed differently, and not only some values of the context. */
function isByValue({ value }: DocumentConstraint, id: DifferenceId): boolean {
  switch (id) {
    case "list-escape":
    case "list-unreadable":
      return true;
    case "text-blank":
      return trimAsServer(value) !== value;
    case "time-fraction":
      return parseServerTime(value)?.nanos !== 0;
    case "time-form":
      return parseServerTime(value) === undefined;
    default:
      // Other values that clients cannot parse never match there.
      return false;
  }
}
