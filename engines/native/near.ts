// The flags that are evaluated in JavaScript: small ones, for which that is faster than to write a request for the
// library. Large ones stay there, in a more compact form that all threads share.

import type { Plan } from "./plan.ts";

/** With no more constraints, and bounds of no more bytes than this, a flag is small. */
const CONSTRAINTS = 64;
const BYTES = 4096;

/** How many flags of a state are near at most unless somebody says so: each thread has a copy of its own. */
export const NEAR_FLAGS = 1000;

/** Whether a flag is small. */
export function isSmall({ constraints, bounds }: Plan): boolean {
  return constraints <= CONSTRAINTS && bounds <= BYTES;
}
