// Flags: what of a flag's answer is known before a request, and the rest of it in the form that evaluates fastest.

import type { EvaluationReason, FlagType } from "../../src/types.ts";
import type { DocumentFlag } from "../document.ts";
import { type Conditions, ConditionsBuilder } from "./conditions.ts";
import { CRC_START, crcUpdate, type Suffix, suffixOf } from "./crc32.ts";
import { compileDistributions, type Distributions, type Variant } from "./distribution.ts";
import { bucketsWithin } from "./threshold.ts";

/** A flag, ready to be evaluated. */
export type CompiledFlag = VariantFlag | BooleanFlag;

/** What flags of both types have. */
interface AnyFlag {
  /** Its type. */
  readonly type: FlagType;
  /** The key of the flag. */
  readonly key: string;
  /** The conditions of its rules or rollouts. */
  readonly conditions: Conditions;
  /** Whether an evaluation can take a time that a clock of milliseconds sees. */
  readonly slow: boolean;
}

/** A variant flag, ready to be evaluated. */
export interface VariantFlag extends AnyFlag {
  readonly type: "VARIANT_FLAG_TYPE";
  /** The register of the checksum after the key. */
  readonly crc: number;
  /** Where the condition of each rule starts; none for a flag that is not enabled. */
  readonly rules: readonly number[];
  /** The variants that each rule chooses from; `undefined` when it has none to give. */
  readonly distributions: readonly (Distributions | undefined)[];
  /** The reason when no rule matches. */
  readonly reason: EvaluationReason;
  /** The variant when no rule decides. */
  readonly fallback: Variant;
}

/** A boolean flag, ready to be evaluated. */
export interface BooleanFlag extends AnyFlag {
  readonly type: "BOOLEAN_FLAG_TYPE";
  /** The key, as the checksum takes it in after the entity's id. */
  readonly suffix: Suffix;
  /** The rollouts that can apply. */
  readonly rollouts: readonly Rollout[];
  /** What the flag comes to when no rollout applies. */
  readonly fallback: Outcome;
}

/** A rollout of a boolean flag. */
export interface Rollout {
  /** Where the condition that has to be met starts; -1 for a threshold. */
  readonly condition: number;
  /** How many of the buckets, from the first on, are within the threshold. */
  readonly buckets: number;
  /**
   * What the flag comes to without and with this rollout; the former is `undefined` when the next one decides. They are
   * looked up by number, because a processor cannot foresee which way a branch on a checksum goes.
   */
  readonly outcomes: readonly [Outcome | undefined, Outcome];
}

/** What a boolean flag comes to. */
export interface Outcome {
  /** The value. */
  readonly enabled: boolean;
  /** Why it is that. */
  readonly reason: EvaluationReason;
}

// A thousand constraints take some ten microseconds.
const MANY_CONSTRAINTS = 1000;

const NO_VARIANT: Variant = { key: "", attachment: undefined };

/** Whether a flag is a boolean flag; every other one is a variant flag. */
export function isBoolean(source: DocumentFlag): boolean {
  return source.type === "BOOLEAN_FLAG_TYPE";
}

/** Compiles a flag. */
export function compileFlag(source: DocumentFlag): CompiledFlag {
  return isBoolean(source) ? compileBooleanFlag(source) : compileVariantFlag(source);
}

function compileVariantFlag(source: DocumentFlag): VariantFlag {
  const variant = source.defaultVariant ?? undefined;
  const conditions = new ConditionsBuilder();
  const sources = source.enabled ? source.rules ?? [] : [];
  const rules = sources.map(({ segments, segmentOperator }) =>
    conditions.add(segments ?? [], segmentOperator)
  );
  return {
    type: "VARIANT_FLAG_TYPE",
    key: source.key,
    slow: isSlow(conditions),
    conditions,
    crc: crcUpdate(CRC_START, source.key),
    rules,
    distributions: sources.map(({ distributions }) => compileDistributions(distributions)),
    reason: !source.enabled
      ? "FLAG_DISABLED_EVALUATION_REASON"
      : variant === undefined
      ? "UNKNOWN_EVALUATION_REASON"
      : "DEFAULT_EVALUATION_REASON",
    fallback: variant === undefined
      ? NO_VARIANT
      : { key: variant.key, attachment: variant.attachment ?? undefined },
  };
}

function compileBooleanFlag(source: DocumentFlag): BooleanFlag {
  const sources = source.rollouts ?? [];
  const conditions = new ConditionsBuilder();
  const fallback: Outcome = {
    enabled: source.enabled,
    reason: !source.enabled && sources.length === 0
      ? "FLAG_DISABLED_EVALUATION_REASON"
      : "DEFAULT_EVALUATION_REASON",
  };
  const rollouts: Rollout[] = [];
  sources.forEach(({ threshold, segment }, i) => {
    const otherwise = i === sources.length - 1 ? fallback : undefined;
    const add = (condition: number, buckets: number, enabled: boolean): void => {
      const matched: Outcome = { enabled, reason: "MATCH_EVALUATION_REASON" };
      rollouts.push({ condition, buckets, outcomes: [otherwise, matched] });
    };
    if (threshold) add(-1, bucketsWithin(threshold.percentage), threshold.value);
    else if (segment) add(conditions.add(segment.segments, segment.segmentOperator), 0, segment.value);
  });
  return {
    type: "BOOLEAN_FLAG_TYPE",
    key: source.key,
    slow: isSlow(conditions),
    conditions,
    suffix: suffixOf(source.key),
    rollouts,
    fallback,
  };
}

function isSlow({ operands }: Conditions): boolean {
  return operands.length > MANY_CONSTRAINTS;
}
