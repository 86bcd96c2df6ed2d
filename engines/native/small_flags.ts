// The flags that are evaluated in JavaScript: small ones, for which that is faster than to write a request for the
// library, and takes no more memory than to know how. Large ones stay there, where all threads share them.

import type { Bridge } from "./bridge.ts";

/** The most constraints of a small flag, and the most bytes that they compare with. */
const MAX_CONSTRAINTS = 64;
const MAX_BOUND_BYTES = 4096;

/** Whether a flag of a state in the library is a small one. */
export function runsInScript(bridge: Bridge, state: number, flag: number): boolean {
  return bridge.check(bridge.call.flipt_ffi_flag_fits(state, flag, MAX_CONSTRAINTS, MAX_BOUND_BYTES)) === 1;
}
