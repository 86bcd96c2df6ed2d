// Which bucket an entity falls into, and which variant or value a bucket gets: shares become bounds in thousandths once.

import type { DocumentDistribution } from "../document.ts";

// Not exported themselves: V8 folds the constants of a module but for those that it exports, and a remainder by anything
// else is a division.
const VARIANTS = 1000;
const THRESHOLDS = 100;

/** How many buckets the variants of a rule share. */
export const VARIANT_BUCKETS: number = VARIANTS;
/** How many buckets the threshold of a rollout divides. */
export const THRESHOLD_BUCKETS: number = THRESHOLDS;

/** What a variant flag comes to. */
export interface Variant {
  /** The key of the variant. */
  readonly key: string;
  /** JSON in a string; `undefined` when there is none. */
  readonly attachment: string | undefined;
}

/** The variants of a rule by bucket. */
export interface Distributions {
  /** The distinct bounds, ascending. */
  readonly bounds: readonly number[];
  /** The variant of a bucket below the bound of the same index and above the one before it. */
  readonly below: readonly Variant[];
  /** The variant of the bucket that is the bound. */
  readonly at: readonly Variant[];
}

/** Compiles the distributions of a rule; `undefined` when none of them has a share. */
export function compileDistributions(sources: readonly DocumentDistribution[]): Distributions | undefined {
  const shares = sources.filter((source) => Math.fround(source.rollout) > 0);
  if (shares.length === 0) return undefined;
  const variants = shares.map((share) => ({
    key: share.variantKey,
    attachment: share.variantAttachment ?? undefined,
  }));
  const sorted = boundsOf(shares.map((share) => Math.fround(share.rollout)));
  const bounds: number[] = [];
  const below: Variant[] = [];
  const at: Variant[] = [];
  sorted.forEach((bound, i) => {
    if (bound === bounds[bounds.length - 1]) return;
    bounds.push(bound);
    below.push(variants[i] as Variant);
    at.push(variants[searchEqual(sorted, bound)] as Variant);
  });
  return { bounds, below, at };
}

/** The position among a rule's bounds that belongs to a checksum. */
export function positionOf(checksum: number): number {
  return checksum % VARIANTS + 1;
}

/** The bucket of a checksum. */
export function bucketOf(checksum: number): number {
  return checksum % THRESHOLDS;
}

/** How many buckets, from the first on, are within a threshold. */
export function bucketsWithin(percentage: number): number {
  return Math.min(Math.max(Math.ceil(Math.fround(percentage)), 0), THRESHOLDS);
}

// Every step is rounded to 32 bits, as the reference computes.
function boundsOf(rollouts: readonly number[]): number[] {
  const { fround } = Math;
  let sum = 0;
  for (const rollout of rollouts) sum = fround(sum + rollout);
  let percentage = 0;
  const bounds = rollouts.map((rollout) => {
    percentage = fround(percentage + fround(fround(rollout / sum) * 100));
    return withinReach(Math.round(fround(percentage * 10)));
  });
  bounds[bounds.length - 1] = VARIANTS;
  return bounds.sort((a, b) => a - b);
}

// No bucket is beyond these limits, so that it does not matter how far a bound is.
function withinReach(bound: number): number {
  return Math.min(Math.max(Number.isNaN(bound) ? 0 : bound, 0), VARIANTS + 1);
}

// Which of several equal bounds is found depends on the steps of the search, so these are the reference's.
function searchEqual(sorted: readonly number[], bound: number): number {
  let size = sorted.length;
  let base = 0;
  while (size > 1) {
    const half = size >>> 1;
    if ((sorted[base + half] as number) <= bound) base += half;
    size -= half;
  }
  return base;
}
