// A fingerprint of a document's bytes as they pass, for servers whose answers have nothing to tell versions apart by.

/** Tells whether two byte sequences are, but for chance, the same. No protection against intent. */
export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  #byteLength = 0;
  /** The bytes, fewer than four, that have come of the next word. */
  #begun = 0;

  /** Takes the next bytes; how they are cut makes no difference. */
  add(bytes: Uint8Array): void {
    const { length } = bytes;
    let at = 0;
    while (at < length && this.#byteLength % 4 !== 0) this.#take(bytes[at++] as number);
    let a = this.#a;
    let b = this.#b;
    const start = at;
    // Four bytes a step: the first document of a process passes before a compiler has seen this.
    for (const last = length - 3; at < last; at += 4) {
      const word = (bytes[at] as number) | (bytes[at + 1] as number) << 8 |
        (bytes[at + 2] as number) << 16 | (bytes[at + 3] as number) << 24;
      a = Math.imul(a ^ a >>> 15 ^ word, 0x01000193);
      b = Math.imul(b ^ b >>> 13 ^ word, 0x85ebca6b);
    }
    this.#a = a;
    this.#b = b;
    this.#byteLength += at - start;
    while (at < length) this.#take(bytes[at++] as number);
  }

  /** The fingerprint of what was taken so far. */
  text(): string {
    return `${this.#byteLength}.${this.#a >>> 0}.${this.#b >>> 0}.${this.#begun >>> 0}`;
  }

  #take(byte: number): void {
    this.#begun |= byte << 8 * (this.#byteLength % 4);
    this.#byteLength++;
    if (this.#byteLength % 4 !== 0) return;
    const word = this.#begun;
    this.#begun = 0;
    this.#a = Math.imul(this.#a ^ this.#a >>> 15 ^ word, 0x01000193);
    this.#b = Math.imul(this.#b ^ this.#b >>> 13 ^ word, 0x85ebca6b);
  }
}
