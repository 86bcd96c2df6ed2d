// How much one flag may have of everything, for every engine alike: what evaluates in microseconds and is described in one
// piece has to have an end. The crate's `limits.rs` says the same.

import { invalid } from "./shape.ts";

/** The most that one flag may have, all its lists together. */
export const FLAG_LIMITS = {
  rules: 10_000,
  rollouts: 10_000,
  segments: 100_000,
  constraints: 100_000,
  distributions: 100_000,
} as const;

/** What of a segment is counted. */
interface CountedSegment {
  readonly constraints: readonly unknown[];
}

/** What of a flag is counted. */
interface CountedFlag {
  readonly key: string;
  readonly rules?:
    | readonly {
      readonly segments?: readonly CountedSegment[] | null;
      readonly distributions: readonly unknown[];
    }[]
    | null;
  readonly rollouts?:
    | readonly { readonly segment?: { readonly segments: readonly CountedSegment[] } | null }[]
    | null;
}

/**
 * Makes sure that a flag has no more of anything than it may have.
 * @param what What it is a part of, for the message.
 * @throws {DocumentError} when it has.
 */
export function checkLimits(flag: CountedFlag, what: string): void {
  const rules = flag.rules ?? [];
  const rollouts = flag.rollouts ?? [];
  const counts = {
    rules: rules.length,
    rollouts: rollouts.length,
    segments: 0,
    constraints: 0,
    distributions: 0,
  };
  const count = (segments: readonly CountedSegment[]): void => {
    counts.segments += segments.length;
    for (const { constraints } of segments) counts.constraints += constraints.length;
  };
  for (const rule of rules) {
    count(rule.segments ?? []);
    counts.distributions += rule.distributions.length;
  }
  for (const { segment } of rollouts) count(segment?.segments ?? []);
  for (const name of Object.keys(FLAG_LIMITS) as (keyof typeof FLAG_LIMITS)[]) {
    if (counts[name] <= FLAG_LIMITS[name]) continue;
    throw invalid(what, `a flag has more than ${FLAG_LIMITS[name]} ${name}: ${shortened(flag.key)}`);
  }
}

function shortened(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
}
