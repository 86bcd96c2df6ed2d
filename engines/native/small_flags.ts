// The flags that are evaluated in JavaScript: small ones, for which that is faster than to write a request for the
// library, and takes no more memory than to know how. Large ones stay there, where all threads share them.

import type { Bridge } from "./bridge.ts";

/** With no more constraints, and bounds of no more bytes than this, a flag is small. */
const CONSTRAINTS = 64;
const BYTES = 4096;

/** Whether a flag of a state in the library is small. */
export function isSmall(bridge: Bridge, state: number, flag: number): boolean {
  return bridge.check(bridge.call.flipt_ffi_flag_fits(state, flag, CONSTRAINTS, BYTES)) === 1;
}
