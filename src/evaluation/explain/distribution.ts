// Explains which buckets of a rule get which variant.

import type { DocumentDistribution } from "../../../engines/document.ts";
import type { Variant } from "../../../engines/rules/buckets.ts";
import { compileDistributions, VARIANT_BUCKETS } from "../../../engines/rules/buckets.ts";
import type { ExplainedDistribution } from "./explanation.ts";

/**
 * Explains distributions.
 * @param bucket The entity's bucket; `undefined` where it decides nothing.
 */
export function explainDistributions(
  sources: readonly DocumentDistribution[],
  bucket: number | undefined,
): ExplainedDistribution[] {
  const ranges = rangesOf(sources);
  return sources.map(({ variantKey, variantAttachment, rollout }, i) => {
    const { from, to } = ranges.get(i) ?? { from: 0, to: 0 };
    return {
      variantKey,
      ...(typeof variantAttachment === "string" ? { variantAttachment } : {}),
      rollout,
      from,
      to,
      hit: bucket !== undefined && bucket >= from && bucket < to,
    };
  });
}

/** The buckets of each distribution that has any, by its place. */
function rangesOf(sources: readonly DocumentDistribution[]): Map<number, { from: number; to: number }> {
  const ranges = new Map<number, { from: number; to: number }>();
  // Two distributions can give one and the same variant: compiled under their places, they stay apart.
  const compiled = compileDistributions(
    sources.map(({ rollout }, i) => ({ variantKey: String(i), rollout })),
  );
  if (compiled === undefined) return ranges;
  const add = ({ key }: Variant, from: number, to: number): void => {
    if (from >= to) return;
    const known = ranges.get(Number(key));
    ranges.set(Number(key), { from: known?.from ?? from, to });
  };
  let from = 0;
  compiled.bounds.forEach((bound, i) => {
    const [below, at] = [compiled.below[i], compiled.at[i]];
    if (below === undefined || at === undefined) return;
    // The bound belongs to the bucket before it, of which there are only so many.
    add(below, from, Math.min(bound - 1, VARIANT_BUCKETS));
    if (bound <= VARIANT_BUCKETS) add(at, Math.max(from, bound - 1), bound);
    from = Math.min(bound, VARIANT_BUCKETS);
  });
  return ranges;
}
