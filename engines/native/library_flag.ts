// What is kept of a flag on the JavaScript side, so that an evaluation crosses with the values that the flag reads and
// comes back with a number.

import type { DefaultVariant, EvaluationReason, FlagType } from "../../core/types.ts";

/** With this many constraints and a request of a few KB, an evaluation takes well below a tenth of a millisecond. */
const QUICK_CONSTRAINTS = 256;

/** What the crate's `describe.rs` says of a flag. */
interface DescribedFlag {
  readonly type: FlagType;
  readonly enabled: boolean;
  readonly constraints: number;
  readonly properties: readonly string[];
  readonly defaultVariant?: DefaultVariant;
  readonly conditions: readonly DescribedCondition[];
  readonly outcomes: readonly DescribedOutcome[];
}

interface DescribedCondition {
  readonly segmentKeys: readonly string[];
  readonly open: boolean;
}

interface DescribedOutcome {
  readonly condition: number;
  readonly value?: boolean;
  readonly variantKey?: string;
  readonly variantAttachment?: string;
}

/** One of the answers that a flag can give. */
export interface Outcome {
  readonly match: boolean;
  readonly reason: EvaluationReason;
  /** The segments that matched; where `open`, those that can have. */
  readonly segmentKeys: readonly string[];
  /** Whether the engine says which of the segments matched. */
  readonly open: boolean;
  /** Of a boolean flag. */
  readonly enabled: boolean;
  /** Of a variant flag. */
  readonly variantKey: string;
  /** Of a variant flag; `undefined` when the variant has none. */
  readonly variantAttachment: string | undefined;
}

/** A flag, ready to be evaluated in the library. */
export interface LibraryFlag {
  /** None: told by what an evaluation in JavaScript reads next, and not by a member that it would have to load besides. */
  readonly layout: undefined;
  /** The flag's place in the state. */
  readonly flag: number;
  /** The flag's key, well-formed. */
  readonly key: string;
  readonly type: FlagType;
  /** Whether a short request is answered in far less than a millisecond, so that its duration need not be measured. */
  readonly quick: boolean;
  /** What the flag reads of a context, in the order of the request. */
  readonly properties: readonly string[];
  /** The answers by the engine's number; 0 is the one when no rule or rollout decides. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Makes a flag ready out of its description.
 * @param texts Interns the strings of all flags: those that say the same share them, and take fewer cache lines.
 */
export function libraryFlag(
  flag: number,
  key: string,
  description: string,
  texts: Map<string, string>,
): LibraryFlag {
  const described = JSON.parse(description) as DescribedFlag;
  const { type, constraints } = described;
  const quick = constraints <= QUICK_CONSTRAINTS;
  const intern: Intern = (text) => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  const properties = described.properties.map(intern);
  const conditions = described.conditions.map(({ segmentKeys, open }): DescribedCondition => ({
    segmentKeys: segmentKeys.map(intern),
    open,
  }));
  const unmatched = type === "BOOLEAN_FLAG_TYPE"
    ? unmatchedBoolean(described)
    : unmatchedVariant(described, intern);
  const outcomes = [unmatched];
  for (const outcome of described.outcomes) {
    outcomes.push(matched(outcome, conditions[outcome.condition], unmatched, intern));
  }
  return { layout: undefined, flag, key, type, quick, properties, outcomes };
}

type Intern = (text: string) => string;

function unmatchedVariant({ enabled, defaultVariant }: DescribedFlag, intern: Intern): Outcome {
  const byDefault = defaultVariant === undefined ? "UNKNOWN_EVALUATION_REASON" : "DEFAULT_EVALUATION_REASON";
  return {
    match: false,
    reason: enabled ? byDefault : "FLAG_DISABLED_EVALUATION_REASON",
    segmentKeys: [],
    open: false,
    enabled: false,
    variantKey: intern(defaultVariant?.key ?? ""),
    variantAttachment: optional(defaultVariant?.attachment, intern),
  };
}

function unmatchedBoolean({ enabled, outcomes }: DescribedFlag): Outcome {
  return {
    match: false,
    // A flag that is off and has rollouts went through them all the same.
    reason: enabled || outcomes.length > 0 ? "DEFAULT_EVALUATION_REASON" : "FLAG_DISABLED_EVALUATION_REASON",
    segmentKeys: [],
    open: false,
    enabled,
    variantKey: "",
    variantAttachment: undefined,
  };
}

function matched(
  { value, variantKey, variantAttachment }: DescribedOutcome,
  condition: DescribedCondition | undefined,
  unmatched: Outcome,
  intern: Intern,
): Outcome {
  const hasVariant = variantKey !== undefined;
  return {
    match: true,
    reason: "MATCH_EVALUATION_REASON",
    segmentKeys: condition?.segmentKeys ?? [],
    open: condition?.open ?? false,
    enabled: value ?? false,
    variantKey: hasVariant ? intern(variantKey) : unmatched.variantKey,
    variantAttachment: hasVariant ? optional(variantAttachment, intern) : unmatched.variantAttachment,
  };
}

function optional(text: string | undefined, intern: Intern): string | undefined {
  return text === undefined ? undefined : intern(text);
}
