// The distributions of a rule as a part of a layout, and the look-up of a variant in it.

import type { DocumentDistribution } from "../document.ts";
import { compileDistributions, type Distributions, type Variant } from "../rules/buckets.ts";
import type { Layout, Step } from "./layout.ts";

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
