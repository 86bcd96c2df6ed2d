// A fault that a fuzzer has to find, and that only a guided one gets to.

/** Throws for anything that begins with FUZ. */
export function planted(input: Uint8Array): void {
  if (input[0] === 0x46) {
    if (input[1] === 0x55) {
      if (input[2] === 0x5a) {
        throw new TypeError("the planted fault");
      }
    }
  }
}
