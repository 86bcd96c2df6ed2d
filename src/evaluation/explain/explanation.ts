// What `client.explain` gives: an evaluation step by step, as plain data. How it comes about is in explain.ts, how it
// reads as text in text.ts.

import type { DifferenceId } from "../../../engines/rules/differences.ts";
import type { BooleanEvaluationResponse, Flag, VariantEvaluationResponse } from "../../../core/types.ts";

/** How a step of an evaluation came out; a step after the one that decided is not reached. */
export type StepStatus = "matched" | "not matched" | "not reached";

/** The members that every step has. */
export interface ExplainedStep {
  /** How it came out. */
  readonly status: StepStatus;
  /** Why, in one sentence. */
  readonly why: string;
}

/** Where a server's own evaluation API answers differently from clients; the ids are those of docs/differences.md. */
export interface ExplainedDifference {
  /** Which of the known differences it is. */
  readonly difference: DifferenceId;
  /** What the server does, in a few words. */
  readonly why: string;
}

/** What the server's own API would decide for a constraint. */
export interface ExplainedServerVerdict extends ExplainedDifference {
  /** Whether the constraint would match there. */
  readonly holds: boolean;
}

/** A constraint, and what it was compared with. */
export interface ExplainedConstraint extends ExplainedStep {
  /** What is compared, as the server names it: `STRING_CONSTRAINT_COMPARISON_TYPE` and so on. */
  readonly type: string;
  /** The property of the context; ignored for a constraint of the entity id. */
  readonly property: string;
  /** How it is compared: `eq`, `prefix` and so on. */
  readonly operator: string;
  /** What the property is compared with, as the server sent it. */
  readonly value: string;
  /** The elements of `value`, for an operator that takes a list, where it is one. */
  readonly values?: readonly string[] | readonly number[];
  /** The text that was compared: the context's, or the entity id; `""` when the context has none. */
  readonly actual: string;
  /** The type that both texts are parsed as. */
  readonly readAs: "string" | "number" | "boolean" | "time" | "entity" | "unknown";
  /** What the server's own API would decide, if that differs; absent if the constraint is not reached. */
  readonly server?: ExplainedServerVerdict;
}

/** A segment, constraint by constraint. */
export interface ExplainedSegment extends ExplainedStep {
  /** The key of the segment. */
  readonly key: string;
  /** How many of the constraints have to match. */
  readonly matchType: "ALL_SEGMENT_MATCH_TYPE" | "ANY_SEGMENT_MATCH_TYPE";
  /** The constraints, in the order in which they are compared. */
  readonly constraints: readonly ExplainedConstraint[];
}

/** Segments, and how many of them have to match. */
export interface ExplainedSegments {
  /** Whether every segment has to match, or one of them. */
  readonly segmentOperator: "AND_SEGMENT_OPERATOR" | "OR_SEGMENT_OPERATOR";
  /** The segments, each key once. */
  readonly segments: readonly ExplainedSegment[];
}

/** A variant's share of a rule. */
export interface ExplainedDistribution {
  /** The key of the variant. */
  readonly variantKey: string;
  /** JSON in a string, as the server sent it: `null` for a variant without an attachment. */
  readonly variantAttachment?: string;
  /** The share as the server sent it, in percent of the sum of all. */
  readonly rollout: number;
  /** The first bucket that gets this variant. */
  readonly from: number;
  /** The bucket after the last one that gets it: the same as `from` if none does. */
  readonly to: number;
  /** Whether the entity's bucket is one of them. */
  readonly hit: boolean;
}

/** A rule of a variant flag. */
export interface ExplainedRule extends ExplainedStep, ExplainedSegments {
  /** Its place, from 1. */
  readonly number: number;
  /** The variants to choose from, in the document's order. */
  readonly distributions: readonly ExplainedDistribution[];
}

/** A rollout that gives its value to a share of all entities. */
export interface ExplainedThresholdRollout extends ExplainedStep {
  /** What the rollout is. */
  readonly kind: "threshold";
  /** Its place, from 1. */
  readonly number: number;
  /** The buckets below this get the value. */
  readonly percentage: number;
  /** The value. */
  readonly value: boolean;
}

/** A rollout that gives its value to the entities of segments. */
export interface ExplainedSegmentRollout extends ExplainedStep, ExplainedSegments {
  /** What the rollout is. */
  readonly kind: "segment";
  /** Its place, from 1. */
  readonly number: number;
  /** The value. */
  readonly value: boolean;
}

/** A rollout that has neither a threshold nor segments, and never applies. */
export interface ExplainedEmptyRollout extends ExplainedStep {
  /** What the rollout is. */
  readonly kind: "empty";
  /** Its place, from 1. */
  readonly number: number;
}

/** A rollout of a boolean flag; `kind` says which members it has. */
export type ExplainedRollout = ExplainedThresholdRollout | ExplainedSegmentRollout | ExplainedEmptyRollout;

/** The entity's bucket, one of the equal parts into which a flag divides its entities. */
export interface ExplainedBucket {
  /** The text that is hashed: flag key and entity id for a variant flag, the reverse for a boolean flag. */
  readonly input: string;
  /** Its CRC-32. */
  readonly hash: number;
  /** How many buckets there are. */
  readonly modulus: number;
  /** The remainder: the number of the bucket, from 0. */
  readonly bucket: number;
}

/** The members that explanations of both types of flag have. */
export interface ExplainedEvaluation {
  /** The namespace of the flag. */
  readonly namespace: string;
  /** The flag, as `listFlags` returns it. */
  readonly flag: Flag;
  /** Who or what the flag was evaluated for. */
  readonly entityId: string;
  /** The entity's bucket, even if nothing depends on it. */
  readonly bucket: ExplainedBucket;
  /** What decided, in one sentence. */
  readonly why: string;
  /** Set if an override answers: the steps are then those of the flag itself, and decide nothing. */
  readonly overridden?: true;
  /**
   * Where the server's own API can arrive at another answer for reasons other than constraints; absent if there are
   * none.
   */
  readonly differences?: readonly ExplainedDifference[];
}

/** How a variant flag arrives at its answer. */
export interface VariantExplanation<Result = VariantEvaluationResponse> extends ExplainedEvaluation {
  /** The type of the flag. */
  readonly type: "variant";
  /** The rules, in order: the first that matches decides. */
  readonly rules: readonly ExplainedRule[];
  /** The answer, the same as that of `evaluateVariant`. */
  readonly result: Result;
}

/** How a boolean flag arrives at its answer. */
export interface BooleanExplanation<Result = BooleanEvaluationResponse> extends ExplainedEvaluation {
  /** The type of the flag. */
  readonly type: "boolean";
  /** The rollouts, in order: the first that matches decides. */
  readonly rollouts: readonly ExplainedRollout[];
  /** The answer, the same as that of `evaluateBoolean`. */
  readonly result: Result;
}

/** How a flag arrives at its answer; `type` says which members it has. */
export type Explanation = VariantExplanation | BooleanExplanation;
