// Flags: what of a flag's answer is known before a request, and the rest of it in the form that evaluates fastest.

import type { EvaluationReason, FlagType } from "../../src/types.ts";
import type { DocumentFlag } from "../document.ts";
import { ConditionsBuilder } from "./conditions.ts";
import { CRC_START, crcUpdate, type Suffix, suffixOf } from "./crc32.ts";
import { addDistributions } from "./distribution.ts";
import { Layout, type Outcome, Shared } from "./layout.ts";
import type { Reader } from "./property.ts";
import { bucketsWithin } from "./threshold.ts";

/** A flag, ready to be evaluated. */
export type CompiledFlag = VariantFlag | BooleanFlag;

/** What flags of both types have. */
interface AnyFlag extends Reader {
  /** Its type. */
  readonly type: FlagType;
  /** The key of the flag. */
  readonly key: string;
  /** Whether an evaluation can take a time that a clock of milliseconds sees. */
  readonly slow: boolean;
  /** At which step its rules or rollouts begin. */
  readonly start: number;
}

/** A variant flag, ready to be evaluated. The steps of a rule are those of its condition, then of its distributions. */
export interface VariantFlag extends AnyFlag {
  readonly type: "VARIANT_FLAG_TYPE";
  /** The register of the checksum after the key. */
  readonly crc: number;
  /** How many rules there are; none for a flag that is not enabled. */
  readonly ruleCount: number;
  /** The reason when no rule matches. */
  readonly reason: EvaluationReason;
  /** The key of the variant when no rule decides. */
  readonly variantKey: string;
  /** JSON in a string; `undefined` when that variant has none. */
  readonly variantAttachment: string | undefined;
}

/**
 * A boolean flag, ready to be evaluated. A rollout has two steps, and then those of its condition, if it has one:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | those who are not in it | how many buckets are within the threshold, -1 for a condition | where the next rollout is | what the flag comes to, `undefined` when the next rollout decides |
 * | those who are | none | none | what the flag comes to |
 */
export interface BooleanFlag extends AnyFlag {
  readonly type: "BOOLEAN_FLAG_TYPE";
  /** The key, as the checksum takes it in after the entity's id. */
  readonly suffix: Suffix;
  /** How many rollouts can apply. */
  readonly rolloutCount: number;
  /** What the flag comes to when no rollout applies. */
  readonly fallback: Outcome;
}

// A thousand constraints take some ten microseconds.
const MANY_STEPS = 2000;

/** Whether a flag is a boolean flag; every other one is a variant flag. */
export function isBoolean(source: DocumentFlag): boolean {
  return source.type === "BOOLEAN_FLAG_TYPE";
}

/** Compiles the flags of a state. */
export class FlagCompiler {
  readonly #shared = new Shared();
  #layout = new Layout(this.#shared);

  /** Compiles a flag. */
  compile(source: DocumentFlag): CompiledFlag {
    if (this.#layout.isFull) this.#layout = new Layout(this.#shared);
    return isBoolean(source)
      ? compileBooleanFlag(source, this.#layout)
      : compileVariantFlag(source, this.#layout);
  }
}

function compileVariantFlag(source: DocumentFlag, layout: Layout): VariantFlag {
  const variant = source.defaultVariant ?? undefined;
  const rules = source.enabled ? source.rules ?? [] : [];
  const start = layout.end;
  const conditions = new ConditionsBuilder(layout);
  for (const { segments, segmentOperator, distributions } of rules) {
    conditions.add(segments ?? [], segmentOperator);
    addDistributions(layout, distributions);
  }
  const properties = conditions.addProperties();
  return {
    type: "VARIANT_FLAG_TYPE",
    key: source.key,
    slow: isSlow(layout, start),
    layout,
    start,
    properties: properties.start,
    propertyCount: properties.count,
    crc: crcUpdate(CRC_START, source.key),
    ruleCount: rules.length,
    reason: !source.enabled
      ? "FLAG_DISABLED_EVALUATION_REASON"
      : variant === undefined
      ? "UNKNOWN_EVALUATION_REASON"
      : "DEFAULT_EVALUATION_REASON",
    variantKey: variant?.key ?? "",
    variantAttachment: variant?.attachment ?? undefined,
  };
}

function compileBooleanFlag(source: DocumentFlag, layout: Layout): BooleanFlag {
  const sources = source.rollouts ?? [];
  const rollouts = sources.filter(({ threshold, segment }) => threshold || segment);
  const fallback = outcomeOf(
    source.enabled,
    !source.enabled && sources.length === 0 ? "FLAG_DISABLED_EVALUATION_REASON" : "DEFAULT_EVALUATION_REASON",
  );
  const start = layout.end;
  const conditions = new ConditionsBuilder(layout);
  rollouts.forEach(({ threshold, segment }, i) => {
    const buckets = threshold ? bucketsWithin(threshold.percentage) : -1;
    const rollout = layout.add(buckets, 0, i === rollouts.length - 1 ? fallback : undefined);
    const value = (threshold ?? segment)?.value === true;
    layout.add(0, 0, outcomeOf(value, "MATCH_EVALUATION_REASON"));
    if (!threshold && segment) conditions.add(segment.segments, segment.segmentOperator);
    layout.steps[rollout + 1] = layout.end;
  });
  const properties = conditions.addProperties();
  return {
    type: "BOOLEAN_FLAG_TYPE",
    key: source.key,
    slow: isSlow(layout, start),
    layout,
    start,
    properties: properties.start,
    propertyCount: properties.count,
    suffix: suffixOf(source.key),
    rolloutCount: rollouts.length,
    fallback,
  };
}

const outcomes = new Map<string, Outcome>();

/** All flags share the few outcomes that there are. */
function outcomeOf(enabled: boolean, reason: EvaluationReason): Outcome {
  const name = `${reason} ${enabled}`;
  const outcome = outcomes.get(name) ?? { enabled, reason };
  outcomes.set(name, outcome);
  return outcome;
}

function isSlow(layout: Layout, start: number): boolean {
  return layout.end - start > MANY_STEPS;
}
