// A small seeded generator of pseudo-random numbers, the same on every runtime.

/** Random choices that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  /** Starts at a 32-bit seed. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True in `share` of the cases. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of the elements. */
  pick<T>(elements: readonly T[]): T {
    const element = elements[this.below(elements.length)];
    if (element === undefined && elements.length === 0) throw new RangeError("nothing to pick from");
    return element as T;
  }

  /** A list of `length` results. */
  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, index) => make(index));
  }
}
