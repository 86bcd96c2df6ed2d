// How much one flag may have of everything, for every engine alike: what evaluates in microseconds and is described in one
// piece has to have an end. The crate's `limits.rs` says the same.

import { quote } from "../core/describe.ts";
import { type DocumentFlag, type DocumentSegment, MAX_RULES } from "./document.ts";
import { invalid } from "./shape_check.ts";

/** The most that one flag may have, all its lists together. */
export const FLAG_LIMITS = {
  rules: MAX_RULES,
  rollouts: MAX_RULES,
  segments: 100_000,
  constraints: 100_000,
  distributions: 100_000,
} as const;

/**
 * Makes sure that a flag has no more segments, constraints and distributions than it may have; its shape has the limit of
 * its rules and rollouts.
 * @param what What it is a part of, for the message.
 * @throws {DocumentError} when it has.
 */
export function checkLimits(flag: DocumentFlag, what: string): void {
  const counts = { segments: 0, constraints: 0, distributions: 0 };
  const count = (segments: readonly DocumentSegment[]): void => {
    counts.segments += segments.length;
    for (const { constraints } of segments) counts.constraints += constraints.length;
  };
  for (const { segments, distributions } of flag.rules ?? []) {
    count(segments ?? []);
    counts.distributions += distributions.length;
  }
  for (const { segment } of flag.rollouts ?? []) count(segment?.segments ?? []);
  for (const name of ["segments", "constraints", "distributions"] as const) {
    if (counts[name] <= FLAG_LIMITS[name]) continue;
    throw invalid(what, `a flag has more than ${FLAG_LIMITS[name]} ${name}: ${quote(flag.key)}`);
  }
}
