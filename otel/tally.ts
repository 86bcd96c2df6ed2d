// Counts evaluations by flag, variant and reason. Limits the number of flags and variants, and so the cardinality of
// the metric.

import type { Attributes, ObservableResult } from "./meter.ts";

/** The flag and variant of evaluations beyond a limit. */
const OTHER = "other";

interface Count {
  readonly variant: string;
  readonly reason: string;
  readonly attributes: Attributes;
  count: number;
}

interface FlagCounts {
  readonly flagKey: string;
  /** Few, and nearly always the first: a linear search is faster than a map. */
  readonly counts: Count[];
  readonly variants: Set<string>;
}

/** Counts evaluations. */
export class Tally {
  readonly #maxFlags: number;
  readonly #maxVariants: number;
  readonly #common: Attributes;
  readonly #flags = new Map<string, FlagCounts>();
  readonly #others: FlagCounts = { flagKey: OTHER, counts: [], variants: new Set([OTHER]) };

  /** Adds the attributes in `common` to all counts. */
  constructor(maxFlags: number, maxVariants: number, common: Attributes) {
    this.#maxFlags = maxFlags;
    this.#maxVariants = maxVariants;
    this.#common = common;
  }

  /** Counts an evaluation. `variant` is `""` when there is none. */
  add(flagKey: string, variant: string, reason: string): void {
    const flag = this.#flags.get(flagKey) ?? this.#newFlag(flagKey);
    for (const count of flag.counts) {
      if (count.variant === variant && count.reason === reason) {
        count.count++;
        return;
      }
    }
    this.#addTo(flag, variant, reason);
  }

  /** Reports all counts. */
  observe(result: ObservableResult): void {
    for (const { counts } of [...this.#flags.values(), this.#others]) {
      for (const { count, attributes } of counts) result.observe(count, attributes);
    }
  }

  #newFlag(flagKey: string): FlagCounts {
    if (this.#flags.size >= this.#maxFlags) return this.#others;
    const flag: FlagCounts = { flagKey, counts: [], variants: new Set() };
    this.#flags.set(flagKey, flag);
    return flag;
  }

  #addTo(flag: FlagCounts, variant: string, reason: string): void {
    const { variants, counts } = flag;
    if (flag === this.#others || !variants.has(variant) && variants.size >= this.#maxVariants) {
      const others = counts.find((each) => each.variant === OTHER && each.reason === reason);
      if (others !== undefined) others.count++;
      else counts.push(this.#count(flag, OTHER, reason));
      return;
    }
    variants.add(variant);
    counts.push(this.#count(flag, variant, reason));
  }

  #count({ flagKey }: FlagCounts, variant: string, reason: string): Count {
    const attributes = {
      ...this.#common,
      "feature_flag.key": flagKey,
      ...(variant === "" ? {} : { "feature_flag.result.variant": variant }),
      "feature_flag.result.reason": reason,
    };
    return { variant, reason, attributes: Object.freeze(attributes), count: 1 };
  }
}
