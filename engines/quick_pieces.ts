// Pieces of the flags of a large document, found without a look at each of their bytes: where one flag ends and the
// next one begins looks alike everywhere in a document, and JSON.parse tells whether a place that looks so is one.

import { BYTES_PER_CONTAINER, isBlank, type Part, PIECE_BYTES, type PieceFinder } from "./json_scan.ts";
import { isWellFormedJson } from "./shape.ts";

/** The flags of a piece. */
export interface ParsedPiece {
  /** What JSON.parse made of it. */
  readonly value: readonly unknown[];
  /** Whether its strings hold no lone surrogates. */
  readonly isWellFormed: boolean;
  /** Whether its flags are known to be ones. */
  isChecked?: boolean;
}

/** After this many pieces that were not found, none is looked for any more. */
const MOST_FAILURES = 4;

/** The most bytes from the end of a flag to the name of the first member of the next one. */
const LONGEST_SEAM = 256;

/** A piece that is found has half of what a document may have at most, which does not count towards that. */
const BYTES_PER_CONTAINER_HERE = 2 * BYTES_PER_CONTAINER;

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7B;
const CLOSE_OBJECT = 0x7D;

/** Finds and parses the pieces of one document. */
export class QuickPieces implements PieceFinder {
  readonly #bytes: Uint8Array;
  readonly #check: (piece: ParsedPiece) => void;
  readonly #parsed = new Map<number, ParsedPiece>();
  #seam: Uint8Array | undefined;
  #commaInSeam = 0;
  #failures = 0;

  /**
   * Looks for pieces in `bytes`.
   * @param check Looks at a piece as long as it is at hand in the processor's caches.
   */
  constructor(bytes: Uint8Array, check: (piece: ParsedPiece) => void) {
    this.#bytes = bytes;
    this.#check = check;
  }

  learn(comma: number): void {
    const before = this.#bytes.subarray(Math.max(comma - LONGEST_SEAM, 0), comma);
    const after = this.#bytes.subarray(comma + 1, comma + LONGEST_SEAM);
    const close = before.findLastIndex(isVisible);
    const open = after.findIndex(isVisible);
    const name = open + 1 + after.subarray(open + 1).findIndex(isVisible);
    // With the name of its first member: few objects inside a flag begin with the same one.
    const nameEnd = after.indexOf(QUOTE, name + 1);
    if (
      before[close] !== CLOSE_OBJECT || after[open] !== OPEN_OBJECT || after[name] !== QUOTE || nameEnd < 0
    ) return;
    this.#commaInSeam = before.length - close;
    this.#seam = this.#bytes.slice(comma - this.#commaInSeam, comma + 1 + nameEnd + 1);
  }

  find(start: number): number | undefined {
    if (this.#seam === undefined || this.#failures > MOST_FAILURES) return undefined;
    const end = this.#seamAfter(start + PIECE_BYTES, this.#seam);
    // Those in strings are counted, too: who looks closely knows better.
    const isDense = end !== undefined &&
      countContainers(this.#bytes, start, end) > (end - start) / BYTES_PER_CONTAINER_HERE;
    const parsed = end === undefined || isDense ? undefined : pieceIn(this.#bytes.subarray(start, end));
    if (parsed === undefined) {
      this.#failures++;
      return undefined;
    }
    this.#check(parsed);
    this.#parsed.set(start, parsed);
    return end;
  }

  /** What a piece was parsed to, which is then forgotten; `undefined` when it was not found here. */
  take({ start }: Part): ParsedPiece | undefined {
    const parsed = this.#parsed.get(start);
    this.#parsed.delete(start);
    return parsed;
  }

  #seamAfter(start: number, seam: Uint8Array): number | undefined {
    const bytes = this.#bytes.subarray(start, start + PIECE_BYTES);
    for (let at = bytes.indexOf(CLOSE_OBJECT); at >= 0; at = bytes.indexOf(CLOSE_OBJECT, at + 1)) {
      let place = 1;
      while (place < seam.length && bytes[at + place] === seam[place]) place++;
      if (place === seam.length) return start + at + this.#commaInSeam;
    }
    return undefined;
  }
}

/** Parses what may be a piece. What parses as the inside of a list ends where one of its values does. */
function pieceIn(piece: Uint8Array): ParsedPiece | undefined {
  try {
    return parsePiece(piece);
  } catch {
    return undefined;
  }
}

/**
 * Parses the flags of a piece.
 * @throws {TypeError} when it is not UTF-8.
 * @throws {SyntaxError} when it is not JSON between brackets.
 */
export function parsePiece(piece: Uint8Array): ParsedPiece {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece);
  return { value: JSON.parse(`[${text}]`), isWellFormed: isWellFormedJson(text) };
}

/** How many bytes are an opening bracket or brace, four at a time; others may be counted, but none is left out. */
function countContainers(bytes: Uint8Array, start: number, end: number): number {
  const { buffer, byteOffset } = bytes;
  const first = (byteOffset + start + 3) >> 2;
  const words = new Uint32Array(buffer, first * 4, ((byteOffset + end) >> 2) - first);
  // What is before the first word and behind the last one.
  let count = 6;
  for (let i = 0; i < words.length; i++) {
    // Brackets and braces differ in one bit, and become a byte of zeros here. Of these the highest bit stays.
    const word = ((words[i] as number) | 0x20202020) ^ 0x7B7B7B7B;
    for (let zeros = (word - 0x01010101) & ~word & 0x80808080; zeros !== 0; zeros &= zeros - 1) count++;
  }
  return count;
}

function isVisible(byte: number): boolean {
  return !isBlank(byte);
}
