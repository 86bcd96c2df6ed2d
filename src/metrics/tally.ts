// Counts evaluations by flag, variant and reason. Limits the number of flags and variants, and so the cardinality of
// what metrics are made from.

import { isObject, mustBeNumber } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";

/** The flag and variant of evaluations beyond a limit. */
export const OTHER = "other";

/** How many flags and variants are told apart. */
export interface TallyLimits {
  /** The number of flags. All others are counted as `other`. @default 1000 */
  readonly maxFlags?: number;
  /** The number of variants per flag. All others are counted as `other`. @default 50 */
  readonly maxVariants?: number;
}

/** How often a flag had an answer. */
export interface EvaluationCount {
  /** The key of the flag. */
  readonly flagKey: string;
  /** `"variant"` or `"boolean"`. */
  readonly flagType: string;
  /** The key of the variant, or `"true"` or `"false"`; `""` when there was none. */
  readonly variant: string;
  /** Why. */
  readonly reason: string;
  /** How often. */
  count: number;
}

/** What an evaluation came to. */
export interface Counted {
  /** The key of the flag. */
  readonly flagKey: string;
  /** `"variant"` or `"boolean"`; `""` where it is not known. */
  readonly flagType: string;
  /** The key of the variant, or `"true"` or `"false"`; `""` when there was none. */
  readonly value: string;
}

interface FlagCounts {
  readonly flagKey: string;
  /** Few, and nearly always the first: a linear search is faster than a map. */
  readonly counts: EvaluationCount[];
  readonly variants: Set<string>;
}

/** Counts evaluations. */
export class Tally {
  readonly #maxFlags: number;
  readonly #maxVariants: number;
  readonly #flags = new Map<string, FlagCounts>();
  readonly #others: FlagCounts = { flagKey: OTHER, counts: [], variants: new Set([OTHER]) };

  /**
   * Counts nothing yet.
   * @throws {ValidationError} when a limit is no positive whole number.
   */
  constructor({ maxFlags = 1000, maxVariants = 50 }: TallyLimits) {
    checkLimit("maxFlags", maxFlags);
    checkLimit("maxVariants", maxVariants);
    this.#maxFlags = maxFlags;
    this.#maxVariants = maxVariants;
  }

  /** Counts an evaluation, for a reason that may be said in other words than its own. */
  add({ flagKey, flagType, value }: Counted, reason: string): void {
    const flag = this.#flags.get(flagKey) ?? this.#newFlag(flagKey);
    for (const count of flag.counts) {
      if (count.variant === value && count.reason === reason) {
        count.count++;
        return;
      }
    }
    this.#addTo(flag, flagType, value, reason);
  }

  /** All counts. */
  *counts(): Generator<EvaluationCount> {
    for (const { counts } of this.#flags.values()) yield* counts;
    yield* this.#others.counts;
  }

  #newFlag(flagKey: string): FlagCounts {
    // A flag of that very name is counted with the others: a series may be written only once.
    if (flagKey === OTHER || this.#flags.size >= this.#maxFlags) return this.#others;
    const flag: FlagCounts = { flagKey, counts: [], variants: new Set() };
    this.#flags.set(flagKey, flag);
    return flag;
  }

  #addTo(flag: FlagCounts, flagType: string, value: string, reason: string): void {
    const { flagKey, variants, counts } = flag;
    const isOther = flag === this.#others || !variants.has(value) && variants.size >= this.#maxVariants;
    const variant = isOther ? OTHER : value;
    if (!isOther) variants.add(variant);
    const known = isOther
      ? counts.find((each) => each.variant === variant && each.reason === reason)
      : undefined;
    if (known !== undefined) known.count++;
    else counts.push({ flagKey, flagType, variant, reason, count: 1 });
  }
}

/** What an evaluation that has no answer is counted as: the code of its error in lower case, such as `flag_not_found`. */
export function errorTypeOf(error: unknown): string {
  const code = isObject(error) ? error["code"] : undefined;
  return typeof code === "string" ? code.toLowerCase() : "general";
}

/** What a default is counted as: the code of its error in lower case, or `""` where the flag gave no value. */
export function defaultTypeOf({ errorCode = "" }: { readonly errorCode?: string }): string {
  return errorCode.toLowerCase();
}

/** Throws when a limit is no positive whole number. */
export function checkLimit(name: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) >= 1) return;
  throw new ValidationError(`${name} ${mustBeNumber("a positive whole number", value)}`);
}
