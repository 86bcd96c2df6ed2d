// Flags: what of a flag's answer is known before a request, and the rest of it in the form that evaluates fastest.

import type { EvaluationReason, FlagType } from "../../core/types.ts";
import { type DocumentFlag, isBoolean } from "../document.ts";
import { ConditionsBuilder } from "./conditions.ts";
import { Constraints } from "./constraint.ts";
import { bucketsWithin } from "../rules/buckets.ts";
import { CRC_START, crcUpdate, suffixOf } from "../rules/crc32.ts";
import { addDistributions } from "./distributions.ts";
import { type Fallback, Layout, type Outcome, type Step } from "./layout.ts";

/** A flag, ready to be evaluated: what it consists of lies in its layout, in the form that its type has. */
export interface CompiledFlag {
  /** Its type. */
  readonly type: FlagType;
  /** The key of the flag. */
  readonly key: string;
  /** Whether an evaluation can take a time that a clock of milliseconds sees. */
  readonly slow: boolean;
  /** Where it lies; a flag that is evaluated in a library has none, which tells the two kinds apart. */
  readonly layout: Layout;
  /** At which step it begins. */
  readonly start: number;
}

// A thousand constraints take some ten microseconds.
const MANY = 1000;

/** How many fallbacks are remembered, and how long an attachment may be for that. */
const REMEMBERED = 10_000;
const LONGEST = 100;

/** Compiles the flags of a state. */
export class FlagCompiler {
  readonly #constraints = new Constraints();
  readonly #fallbacks = new Map<string, Fallback>();
  #layout = new Layout(this.#constraints.properties.bySlot);

  /** Compiles a flag. */
  compile(source: DocumentFlag): CompiledFlag {
    if (this.#layout.isFull) this.#layout = new Layout(this.#constraints.properties.bySlot);
    const layout = this.#layout;
    const conditions = new ConditionsBuilder(layout, this.#constraints);
    // Parts that flags share are laid out meanwhile; what is the flag's own comes behind them in one piece.
    const steps = isBoolean(source)
      ? booleanSteps(source, conditions)
      : variantSteps(source, conditions, layout, this.#fallbackOf(source));
    return {
      type: isBoolean(source) ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE",
      key: source.key,
      slow: conditions.count + steps.length > MANY,
      layout,
      start: layout.add(steps),
    };
  }

  #fallbackOf({ enabled, defaultVariant }: DocumentFlag): Fallback {
    const { key = "", attachment } = defaultVariant ?? {};
    const fallback: Fallback = {
      key,
      attachment: attachment ?? undefined,
      reason: !enabled
        ? "FLAG_DISABLED_EVALUATION_REASON"
        : defaultVariant
        ? "DEFAULT_EVALUATION_REASON"
        : "UNKNOWN_EVALUATION_REASON",
    };
    if ((attachment?.length ?? 0) > LONGEST) return fallback;
    const name = JSON.stringify(fallback);
    const known = this.#fallbacks.get(name);
    if (known === undefined && this.#fallbacks.size < REMEMBERED) this.#fallbacks.set(name, fallback);
    return known ?? fallback;
  }
}

/**
 * The steps of a variant flag:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | the whole | how many rules there are; none for a flag that is not enabled | the register of the checksum after the key | what it comes to when no rule decides |
 * | what is read | where the properties are | how many | none |
 *
 * and then those of each rule's condition, which wants the place of the distributions.
 */
function variantSteps(
  source: DocumentFlag,
  conditions: ConditionsBuilder,
  layout: Layout,
  fallback: Fallback,
): Step[] {
  const rules = source.enabled ? source.rules ?? [] : [];
  const own = rules.flatMap(({ segments, segmentOperator, distributions }) =>
    conditions.steps(segments ?? [], segmentOperator, addDistributions(layout, distributions))
  );
  return [[rules.length, crcUpdate(CRC_START, source.key), fallback], conditions.reading(), ...own];
}

/**
 * The steps of a boolean flag. The key is taken in by the checksum after the entity's id, which a register and a table say:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | the whole | how many rollouts can apply | the register | what it comes to when no rollout applies |
 * | what is read | where the properties are | how many | the table |
 *
 * and then a rollout's two, and those of its condition, if it has one, which wants nothing:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | those who are not in it | how many buckets are within the threshold, -1 for a condition | none | what the flag comes to, `undefined` when the next rollout decides |
 * | those who are | none | none | what the flag comes to |
 */
function booleanSteps(source: DocumentFlag, conditions: ConditionsBuilder): Step[] {
  const sources = source.rollouts ?? [];
  const rollouts = sources.filter(({ threshold, segment }) => threshold || segment);
  const fallback = outcomeOf(
    source.enabled,
    !source.enabled && sources.length === 0 ? "FLAG_DISABLED_EVALUATION_REASON" : "DEFAULT_EVALUATION_REASON",
  );
  const own = rollouts.flatMap(({ threshold, segment }, i): Step[] => {
    const buckets = threshold ? bucketsWithin(threshold.percentage) : -1;
    const value = (threshold ?? segment)?.value === true;
    return [
      [buckets, 0, i === rollouts.length - 1 ? fallback : undefined],
      [0, 0, outcomeOf(value, "MATCH_EVALUATION_REASON")],
      ...(!threshold && segment ? conditions.steps(segment.segments, segment.segmentOperator, 0) : []),
    ];
  });
  const { crc, shifts } = suffixOf(source.key);
  return [[rollouts.length, crc, fallback], conditions.reading(shifts), ...own];
}

const outcomes = new Map<string, Outcome>();

/** All flags share the few outcomes that there are. */
function outcomeOf(enabled: boolean, reason: EvaluationReason): Outcome {
  const name = `${reason} ${enabled}`;
  const outcome = outcomes.get(name) ?? { enabled, reason };
  outcomes.set(name, outcome);
  return outcome;
}
