// Remembers which keys were there lately, in bounded memory.

/** A set of the keys that were added or looked up last. */
export class RecentKeys {
  readonly #generationSize: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** Remembers at least half of `max` keys, and never more than `max`. */
  constructor(max: number) {
    this.#generationSize = Math.ceil(max / 2);
  }

  /** Adds a key. Returns whether it was there. */
  add(key: string): boolean {
    if (this.#young.has(key)) return true;
    const isKnown = this.#old.has(key);
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
    return isKnown;
  }

  /** Whether a key is there. */
  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  /** Forgets a key. */
  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
