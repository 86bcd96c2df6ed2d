// Flags: what of a flag's answer is known before a request, and the rest of it in the form that evaluates fastest.

import type { EvaluationReason } from "../../src/types.ts";
import type { DocumentFlag } from "../document.ts";
import { CRC_START, crcUpdate } from "./crc32.ts";
import { compileDistributions, type Distributions, type Variant } from "./distribution.ts";
import { Properties } from "./property.ts";
import { compileSegments, type SegmentGroup } from "./segment.ts";

/** What flags of both types have. */
export interface CompiledFlag {
  /** The key of the flag. */
  readonly key: string;
  /** How often the flag was evaluated. */
  evaluations: number;
  /** Whether an evaluation can take a time that a clock of milliseconds sees. */
  readonly slow: boolean;
}

/** A variant flag, ready to be evaluated. */
export interface VariantFlag extends CompiledFlag {
  /** The register of the checksum after the key. */
  readonly crc: number;
  /** The rules; none for a flag that is not enabled. */
  readonly rules: readonly Rule[];
  /** The reason when no rule matches. */
  readonly reason: EvaluationReason;
  /** The variant when no rule decides. */
  readonly fallback: Variant;
}

/** A rule of a variant flag. */
export interface Rule {
  /** What has to match. */
  readonly group: SegmentGroup;
  /** The variants to choose from; `undefined` when the rule has none to give. */
  readonly distributions: Distributions | undefined;
}

/** A boolean flag, ready to be evaluated. */
export interface BooleanFlag extends CompiledFlag {
  /** The rollouts that can apply. */
  readonly rollouts: readonly Rollout[];
  /** The value when no rollout applies. */
  readonly enabled: boolean;
  /** The reason when no rollout applies. */
  readonly reason: EvaluationReason;
}

/** A rollout of a boolean flag. */
export interface Rollout {
  /** What has to match; `undefined` for a threshold. */
  readonly group: SegmentGroup | undefined;
  /** The buckets below this get the value. */
  readonly percentage: number;
  /** The value. */
  readonly value: boolean;
}

// A thousand constraints take some ten microseconds.
const MANY_CONSTRAINTS = 1000;

const NO_VARIANT: Variant = { key: "", attachment: undefined };

/** Whether a flag is a boolean flag; every other one is a variant flag. */
export function isBoolean(source: DocumentFlag): boolean {
  return source.type === "BOOLEAN_FLAG_TYPE";
}

/** Compiles a variant flag. */
export function compileVariantFlag(source: DocumentFlag): VariantFlag {
  const variant = source.defaultVariant ?? undefined;
  const properties = new Properties();
  const rules = source.enabled
    ? (source.rules ?? []).map((rule) => ({
      group: compileSegments(rule.segments ?? [], rule.segmentOperator, properties),
      distributions: compileDistributions(rule.distributions),
    }))
    : [];
  return {
    key: source.key,
    evaluations: 0,
    slow: isSlow(rules),
    crc: crcUpdate(CRC_START, source.key),
    rules,
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

/** Compiles a boolean flag. */
export function compileBooleanFlag(source: DocumentFlag): BooleanFlag {
  const sources = source.rollouts ?? [];
  const properties = new Properties();
  const rollouts: Rollout[] = [];
  for (const { threshold, segment } of sources) {
    if (threshold) {
      const { percentage, value } = threshold;
      rollouts.push({ group: undefined, percentage: Math.fround(percentage), value });
    } else if (segment) {
      const group = compileSegments(segment.segments, segment.segmentOperator, properties);
      rollouts.push({ group, percentage: 0, value: segment.value });
    }
  }
  return {
    key: source.key,
    evaluations: 0,
    slow: isSlow(rollouts),
    rollouts,
    enabled: source.enabled,
    reason: !source.enabled && sources.length === 0
      ? "FLAG_DISABLED_EVALUATION_REASON"
      : "DEFAULT_EVALUATION_REASON",
  };
}

function isSlow(parts: readonly { readonly group: SegmentGroup | undefined }[]): boolean {
  let constraints = 0;
  for (const { group } of parts) {
    for (const segment of group?.segments ?? []) constraints += 1 + segment.constraints.length;
  }
  return constraints > MANY_CONSTRAINTS;
}
