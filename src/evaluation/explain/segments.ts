// Explains the segments of a rule or rollout, constraint by constraint.

import type { DocumentConstraint, DocumentSegment } from "../../../engines/document.ts";
import { quote } from "../../../core/describe.ts";
import { serverVerdictOn } from "./server.ts";
import { judge, listOf, readAs } from "./constraint.ts";
import type {
  ExplainedConstraint,
  ExplainedSegment,
  ExplainedSegments,
  ExplainedStep,
  StepStatus,
} from "./explanation.ts";

/** Gives the text that a constraint compares, and why there is none where the context has a value all the same. */
export type TextOf = (constraint: DocumentConstraint) => {
  readonly text: string;
  readonly ignored?: string;
};

/** A step. */
export function step(status: StepStatus, why: string): ExplainedStep {
  return { status, why };
}

/**
 * Explains segments, and whether they match as they are joined.
 * @param unreached Why they are not compared; `undefined` when they are.
 */
export function explainSegments(
  sources: readonly DocumentSegment[],
  operator: string | null | undefined,
  textOf: TextOf,
  unreached: string | undefined,
): ExplainedStep & ExplainedSegments {
  const every = operator === "AND_SEGMENT_OPERATOR";
  const byKey = new Map<string, DocumentSegment>();
  for (const source of sources) byKey.set(source.key, source);
  let stop = unreached;
  const segments: ExplainedSegment[] = [];
  for (const source of byKey.values()) {
    const segment = explainSegment(source, textOf, stop);
    segments.push(segment);
    if (every && segment.status === "not matched") {
      stop = `every segment has to match, and ${quote(source.key)} does not`;
    }
  }
  return {
    ...(unreached === undefined ? joined(segments, every) : step("not reached", unreached)),
    segmentOperator: every ? "AND_SEGMENT_OPERATOR" : "OR_SEGMENT_OPERATOR",
    segments,
  };
}

function joined(segments: readonly ExplainedSegment[], every: boolean): ExplainedStep {
  const keysOf = (wanted: StepStatus): string[] =>
    segments.filter(({ status }) => status === wanted).map(({ key }) => quote(key));
  const matched = keysOf("matched");
  const failed = keysOf("not matched");
  if (segments.length === 0) {
    return every
      ? step("matched", "there are no segments to match")
      : step("not matched", "one segment has to match, and there is none");
  }
  if (every && failed.length > 0) return step("not matched", `segment ${failed[0]} does not match`);
  if (matched.length > 1) return step("matched", `the segments ${matched.join(", ")} match`);
  if (matched.length === 1) return step("matched", `segment ${matched[0]} matches`);
  return failed.length === 1
    ? step("not matched", `segment ${failed[0]} does not match`)
    : step("not matched", `none of the ${failed.length} segments matches`);
}

function explainSegment(
  source: DocumentSegment,
  textOf: TextOf,
  unreached: string | undefined,
): ExplainedSegment {
  const all = source.matchType === "ALL_SEGMENT_MATCH_TYPE";
  const constraints: ExplainedConstraint[] = [];
  let outcome = unreached === undefined ? undefined : step("not reached", unreached);
  for (const constraint of source.constraints) {
    const number = constraints.length + 1;
    const { text: actual, ignored } = textOf(constraint);
    if (outcome !== undefined) {
      const why = unreached ?? "an earlier constraint decided";
      constraints.push(explained(constraint, actual, step("not reached", why)));
      continue;
    }
    const { holds, why: verdict } = judge(constraint, actual);
    const why = ignored === undefined ? verdict : `${verdict}; ${ignored}`;
    constraints.push({
      ...explained(constraint, actual, step(holds ? "matched" : "not matched", why)),
      ...serverVerdictOn(constraint, actual, holds),
    });
    if (readAs(constraint) === "unknown") {
      outcome = step(
        "not matched",
        `constraint ${number} is of an unknown type, so its segment cannot match`,
      );
    } else if (holds !== all) {
      outcome = holds
        ? step("matched", `constraint ${number} matches, and one is enough`)
        : step("not matched", `constraint ${number} does not match, and all have to`);
    }
  }
  return {
    ...(outcome ?? undecided(constraints.length, all)),
    key: source.key,
    matchType: all ? "ALL_SEGMENT_MATCH_TYPE" : "ANY_SEGMENT_MATCH_TYPE",
    constraints,
  };
}

function undecided(constraints: number, all: boolean): ExplainedStep {
  if (constraints === 0) return step("matched", "it has no constraints");
  if (all) return step("matched", constraints === 1 ? "its constraint matches" : "all constraints match");
  return step("not matched", "no constraint matches");
}

function explained(
  constraint: DocumentConstraint,
  actual: string,
  { status, why }: ExplainedStep,
): ExplainedConstraint {
  const { type, property, operator, value } = constraint;
  const kind = readAs(constraint);
  const values = listOf(constraint);
  return {
    status,
    why,
    type: kind === "unknown" ? "UNKNOWN_CONSTRAINT_COMPARISON_TYPE" : type,
    property,
    operator,
    value,
    ...(values === undefined ? {} : { values }),
    actual,
    readAs: kind,
  };
}
