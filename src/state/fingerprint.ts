// A fingerprint of a document's bytes as they pass, for servers whose answers have nothing to tell versions apart by.

import { concatenated } from "../../core/bytes.ts";

/** Tells whether two byte sequences are, but for chance, the same. No protection against intent. */
export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  #byteLength = 0;
  /** The bytes, fewer than four, that have come of the next word. */
  #begun: Uint8Array = new Uint8Array(0);

  /** Takes the next bytes; how they are cut makes no difference. */
  add(bytes: Uint8Array): void {
    this.#byteLength += bytes.length;
    const missing = (4 - this.#begun.length) % 4;
    const begun = this.#words(concatenated([this.#begun, bytes.subarray(0, missing)]));
    // One of them is empty.
    this.#begun = concatenated([begun, this.#words(bytes.subarray(missing))]);
  }

  /** The fingerprint of what was taken so far. */
  text(): string {
    return `${this.#byteLength}.${this.#a >>> 0}.${this.#b >>> 0}.${this.#begun.join(".")}`;
  }

  /** Takes all words of four bytes. Gives what follows them. */
  #words(bytes: Uint8Array): Uint8Array {
    const end = bytes.length - bytes.length % 4;
    let a = this.#a;
    let b = this.#b;
    // Four bytes a step: the first document of a process passes before a compiler has seen this.
    for (let at = 0; at < end; at += 4) {
      const word = (bytes[at] as number) | (bytes[at + 1] as number) << 8 |
        (bytes[at + 2] as number) << 16 | (bytes[at + 3] as number) << 24;
      a = Math.imul(a ^ a >>> 15 ^ word, 0x01000193);
      b = Math.imul(b ^ b >>> 13 ^ word, 0x85ebca6b);
    }
    this.#a = a;
    this.#b = b;
    return bytes.subarray(end);
  }
}
