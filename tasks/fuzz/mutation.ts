// Makes new inputs of a fuzzer from old ones, the same ones from the same seed.

/** Random numbers from a seed: xorshift. */
export class Random {
  #state: number;

  /** Starts at a seed, a whole number. */
  constructor(seed: number) {
    this.#state = (seed >>> 0) || 1;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % limit;
  }

  /** One of several. */
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
}

/** The longest input, in bytes. */
export const MAX_INPUT_BYTES = 4_096;

/**
 * Changes an input in one to eight places.
 * @param other Another input, parts of which may be put in.
 * @param words What the format is made of.
 */
export function mutated(
  input: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  random: Random,
): Uint8Array {
  let bytes = input;
  for (let left = 1 << random.below(4); left > 0; left--) bytes = step(bytes, other, words, random);
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

function step(bytes: Uint8Array, other: Uint8Array, words: readonly string[], random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const until = Math.min(bytes.length, at + 1 + random.below(1 << random.below(8)));
  switch (random.below(8)) {
    case 0: {
      const copy = new Uint8Array(bytes);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ 1 << random.below(8);
      return copy;
    }
    case 1:
      return spliced(bytes, at, until, new Uint8Array(0));
    case 2:
      return spliced(bytes, at, at, Uint8Array.of(random.below(256)));
    case 3:
    case 4:
      return spliced(
        bytes,
        at,
        random.below(2) === 0 ? at : until,
        new TextEncoder().encode(random.of(words)),
      );
    case 5: {
      // The same again, up to a thousand times: what takes more than linear time shows.
      const part = bytes.subarray(at, until);
      const times = 1 << random.below(10);
      const all = new Uint8Array(Math.min(part.length * times, MAX_INPUT_BYTES));
      for (let start = 0; start < all.length; start += part.length) {
        all.set(part.subarray(0, all.length - start), start);
      }
      return spliced(bytes, at, at, all);
    }
    case 6: {
      const from = random.below(other.length + 1);
      return spliced(bytes, at, until, other.subarray(from, from + 1 + random.below(64)));
    }
    default:
      return spliced(
        bytes,
        at,
        at,
        new TextEncoder().encode(String(random.of([0, -1, 1e9, 2 ** 53, 1e400, 0.1, 255]))),
      );
  }
}

function spliced(bytes: Uint8Array, start: number, end: number, put: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + put.length);
  result.set(bytes.subarray(0, start));
  result.set(put, start);
  result.set(bytes.subarray(end), start + put.length);
  return result;
}
