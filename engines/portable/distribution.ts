// Which variant of a rule an entity gets: shares become bounds in thousandths once, a bucket is looked up per evaluation.

import type { DocumentDistribution } from "../document.ts";
import type { Layout, Step, Variant } from "./layout.ts";

/** The variants of a rule by bucket. */
export interface Distributions {
  /** The distinct bounds, ascending. */
  readonly bounds: readonly number[];
  /** The variant of a bucket below the bound of the same index and above the one before it. */
  readonly below: readonly Variant[];
  /** The variant of the bucket that is the bound. */
  readonly at: readonly Variant[];
}

const BUCKETS = 1000;

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

/**
 * Lays out the distributions of a rule, as a part that flags share; where they are. Their steps are:
 *
 * | a step for | first | second | operand |
 * |---|---|---|---|
 * | the whole | where the bounds end | none | none |
 * | a bound | the bound | at which step the variant is that its own bucket gets | the variant below it |
 *
 * After the bounds come variants, in a step each, that only the bucket of a bound gets.
 */
export function addDistributions(layout: Layout, sources: readonly DocumentDistribution[]): number {
  const texts = sources.map(({ variantKey, variantAttachment, rollout }) => [
    variantKey,
    variantAttachment,
    // JSON has no word for the infinities.
    String(rollout),
  ]);
  return layout.part(`distributions ${JSON.stringify(texts)}`, (start) => {
    const { bounds, below, at } = compileDistributions(sources) ?? NONE;
    const boundsEnd = start + 2 + bounds.length * 2;
    const rest = at.filter((variant) => !below.includes(variant));
    const places = [...below, ...rest];
    return [
      [boundsEnd, 0],
      ...bounds.map((bound, i): Step => [
        bound,
        start + 2 + places.indexOf(at[i] as Variant) * 2,
        below[i],
      ]),
      ...rest.map((variant): Step => [0, 0, variant]),
    ];
  });
}

const NONE: Distributions = { bounds: [], below: [], at: [] };

/** The position among a rule's bounds that belongs to a checksum. */
export function positionOf(checksum: number): number {
  return checksum % BUCKETS + 1;
}

/**
 * The variant at a position.
 * @param start Where the distributions are; there have to be some.
 */
export function chosenVariant({ steps, operands }: Layout, start: number, position: number): Variant {
  const end = steps[start] as number;
  // Counted instead of searched: no processor can foresee where a search by a checksum ends.
  let chosen = start + 2;
  for (let at = start + 2; at < end; at += 2) chosen += isLess(steps[at] as number, position) * 2;
  if (steps[chosen] === position) chosen = steps[chosen + 1] as number;
  return operands[chosen >> 1] as Variant;
}

/** 1 if `a` is less than `b`, and 0 if not, without a branch; both are integers of 31 bits. */
export function isLess(a: number, b: number): 0 | 1 {
  return (a - b) >>> 31 as 0 | 1;
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
  bounds[bounds.length - 1] = BUCKETS;
  return bounds.sort((a, b) => a - b);
}

// No bucket is beyond these limits, so that it does not matter how far a bound is.
function withinReach(bound: number): number {
  return Math.min(Math.max(Number.isNaN(bound) ? 0 : bound, 0), BUCKETS + 1);
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
