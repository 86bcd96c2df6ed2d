// Which buckets a server's own evaluation API gives to another variant than clients do: both divide 1000 buckets by the
// shares of a rule, but a server cuts off where clients round. How the shares themselves are taken is not decided here.

import type { DocumentDistribution } from "../document.ts";
import type { Distributions } from "./buckets.ts";
import { compileDistributions, VARIANT_BUCKETS } from "./buckets.ts";

/**
 * How a server comes to its bounds: by adding up whole buckets (v1, v2 up to 2.8), or by scaling the shares to 100 first
 * (v2 since 2.9).
 */
export type ServerShares = "added" | "scaled";

/**
 * Returns the buckets that a server gives to another variant than clients do, or to none, ascending.
 * @param kinds The servers in question.
 */
export function partedBuckets(
  distributions: readonly DocumentDistribution[],
  kinds: readonly ServerShares[],
): number[] {
  const clients = compileDistributions(distributions);
  if (clients === undefined) return [];
  const shares = distributions.filter(({ rollout }) => Math.fround(rollout) > 0);
  const rollouts = shares.map(({ rollout }) => Math.fround(rollout));
  const servers = kinds.map((kind) => serverBounds(rollouts, kind));
  const parted: number[] = [];
  for (let bucket = 0; bucket < VARIANT_BUCKETS; bucket++) {
    const own = keyAt(clients, bucket);
    // As many bounds are at or below the bucket as there are shares before its own.
    const isParted = servers.some((bounds) => shares[countUpTo(bounds, bucket)]?.variantKey !== own);
    if (isParted) parted.push(bucket);
  }
  return parted;
}

function keyAt({ bounds, below, at }: Distributions, bucket: number): string | undefined {
  const index = countUpTo(bounds, bucket);
  return (bounds[index] === bucket + 1 ? at : below)[index]?.key;
}

function countUpTo(bounds: readonly number[], bucket: number): number {
  let count = 0;
  while (count < bounds.length && (bounds[count] as number) <= bucket) count++;
  return count;
}

/** Returns how many buckets a server has given away after each share. Every step is rounded to 32 bits there. */
export function serverBounds(rollouts: readonly number[], kind: ServerShares): number[] {
  return kind === "added" ? addedBounds(rollouts) : scaledBounds(rollouts);
}

function addedBounds(rollouts: readonly number[]): number[] {
  let bound = 0;
  return rollouts.map((rollout) => bound += Math.trunc(Math.fround(rollout * 10)));
}

function scaledBounds(rollouts: readonly number[]): number[] {
  const { fround } = Math;
  const sum = rollouts.reduce((all, rollout) => fround(all + rollout), 0);
  let percentage = 0;
  const bounds = rollouts.map((rollout) => {
    percentage = fround(percentage + fround(fround(rollout / sum) * 100));
    return Math.trunc(fround(percentage * 10));
  });
  bounds[bounds.length - 1] = VARIANT_BUCKETS;
  return bounds;
}
