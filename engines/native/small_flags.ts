// The flags that are evaluated in JavaScript: small ones, for which that is faster than to write a request for the
// library, and takes no more memory than to know how. Large ones stay there, where all threads share them.

/** With no more constraints, and bounds of no more bytes than this, a flag is small. */
const CONSTRAINTS = 64;
const BYTES = 4096;

/** Whether a flag is small, going by the library's description of it. */
export function isSmall(description: string): boolean {
  const { constraints, bounds } = JSON.parse(description) as { constraints: number; bounds: number };
  return constraints <= CONSTRAINTS && bounds <= BYTES;
}
