// A fingerprint of a document's bytes as they pass, for servers whose answers have nothing to tell versions apart by.

/** Tells whether two byte sequences are, but for chance, the same. No protection against intent. */
export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  #byteLength = 0;

  /** Takes the next bytes; how they are cut makes no difference. */
  add(bytes: Uint8Array): void {
    let a = this.#a;
    let b = this.#b;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] as number;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte ^ (b >>> 15), 0x85ebca6b);
    }
    this.#a = a;
    this.#b = b;
    this.#byteLength += bytes.length;
  }

  /** The fingerprint of what was taken so far. */
  text(): string {
    return `${this.#byteLength}.${this.#a >>> 0}.${this.#b >>> 0}`;
  }
}
