// The content of a flag as one number, which takes less room than the flag: HalfSipHash-2-4, whose key is random, so that no
// document can be made whose flags change without changing their numbers.

import type { FlagDocument } from "../document.ts";
import { contentOf } from "../flag_content.ts";

/** The key of the numbers: two of 32 bits. Numbers can be compared when they were made with the same. */
export type ContentKey = readonly [number, number];

/** A random key. */
export function contentKey(): ContentKey {
  const [first = 0, second = 0] = crypto.getRandomValues(new Int32Array(2));
  return [first, second];
}

/** A number for the content of each flag of `namespace`. */
export function contentNumbers(
  document: FlagDocument,
  namespace: string,
  key: ContentKey,
): Map<string, number> {
  const flags = document.namespace.key === namespace ? document.flags : [];
  return new Map(flags.map((flag) => [flag.key, hashOf(contentOf(flag), key)]));
}

/** The hash of a text, of which 53 bits are kept. */
export function hashOf(text: string, [key0, key1]: ContentKey): number {
  let v0 = key0;
  let v1 = key1 ^ 0xee;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = v0 + v1 | 0;
      v1 = rotated(v1, 5) ^ v0;
      v0 = rotated(v0, 16);
      v2 = v2 + v3 | 0;
      v3 = rotated(v3, 8) ^ v2;
      v0 = v0 + v3 | 0;
      v3 = rotated(v3, 7) ^ v0;
      v2 = v2 + v1 | 0;
      v1 = rotated(v1, 13) ^ v2;
      v2 = rotated(v2, 16);
    }
  };
  // Two UTF-16 units are a word, and the length is the last one.
  for (let i = 0; i <= text.length; i += 2) {
    const isEnd = i + 1 >= text.length;
    const rest = i < text.length ? text.charCodeAt(i) : 0;
    const word = isEnd ? rest | text.length << 16 : rest | text.charCodeAt(i + 1) << 16;
    v3 ^= word;
    rounds(2);
    v0 ^= word;
    if (isEnd) break;
  }
  v2 ^= 0xee;
  rounds(4);
  const low = v1 ^ v3;
  v1 ^= 0xdd;
  rounds(4);
  return ((v1 ^ v3) & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}

function rotated(word: number, bits: number): number {
  return word << bits | word >>> 32 - bits;
}
