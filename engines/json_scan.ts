// Looks through the bytes of a large JSON text before it is parsed: how many objects and lists it has, and where the flags
// of a document are, so that they can be parsed piece by piece. Only what JSON.parse then says makes a text valid.

import { invalid } from "./shape_check.ts";

/** A piece of the flags has about this many bytes: it is parsed within a few milliseconds. */
export const PIECE_BYTES: number = 1 << 18;

/** After this many bytes the one who scans may do something else. */
const STEP_BYTES = 1 << 20;

/**
 * There is at most one object or list for this many bytes on average: each takes fifty bytes or more of memory, and the
 * shortest rule has one for eighteen.
 */
export const BYTES_PER_CONTAINER: number = 8;

/** A part of a text, from its first byte up to, but without, its last one. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Where the flags of a document are. */
export interface FlagParts {
  /** What is between the brackets. */
  readonly list: Part;
  /** The same in pieces; between two of them is a comma. */
  readonly pieces: readonly Part[];
}

/** Finds pieces of the flags faster than a look at each byte does. */
export interface PieceFinder {
  /** Is told of a comma between two flags. */
  learn(comma: number): void;
  /**
   * Finds a piece.
   * @param start Where its first flag begins.
   * @returns where the comma behind it is; `undefined` when each byte has to be looked at. A piece that is found has few
   * objects and lists.
   */
  find(start: number): number | undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2C;
const COLON = 0x3A;
const OPEN_LIST = 0x5B;
const BACKSLASH = 0x5C;
const CLOSE_LIST = 0x5D;
const OPEN_OBJECT = 0x7B;
const CLOSE_OBJECT = 0x7D;

/** The depth of the list of flags' members: a container that begins there is part of one. */
const INSIDE = 2;

/** What has been skipped. */
interface Inside {
  /** Of the containers that are open inside a flag, the flag included. */
  depth: number;
  containers: number;
}

const NAME = new TextEncoder().encode('"flags"');

/** Strings are mostly shorter than this: for those a loop is faster than a search. */
const SHORT = 32;

/**
 * Looks through a text.
 * @param finder Finds pieces first, where it can.
 * @returns (at its end) where the member `flags` of the outermost object is, if that is a list: the last such member.
 * @throws {DocumentError} when the text would take many times its size in memory.
 */
export function* scan(
  bytes: Uint8Array,
  what: string,
  finder?: PieceFinder,
): Generator<void, FlagParts | undefined, void> {
  const mostContainers = bytes.length / BYTES_PER_CONTAINER;
  const inside: Inside = { depth: 0, containers: 0 };
  let containers = 0;
  let depth = 0;
  let nextStep = STEP_BYTES;
  let lastString = -1;
  let isFlags = false;
  let parts: FlagParts | undefined;
  let listStart = -1;
  let pieceStart = -1;
  let pieces: Part[] = [];
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        if (depth === 1) lastString = at;
        at = endOfString(bytes, at);
        break;
      }
      case COLON:
        isFlags = depth === 1 && isName(bytes, lastString);
        continue;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++containers + inside.containers > mostContainers) throw tooMany(what, bytes);
        if (isFlags && depth === 1 && bytes[at] === OPEN_LIST) {
          listStart = at + 1;
          pieceStart = listStart;
          pieces = [];
        }
        if (depth < INSIDE) {
          depth++;
          break;
        }
        inside.depth = 1;
        for (at++; inside.depth > 0 && at < bytes.length;) {
          at = skip(bytes, at, Math.min(at + STEP_BYTES, bytes.length), inside);
          if (containers + inside.containers > mostContainers) throw tooMany(what, bytes);
          if (at >= nextStep) {
            nextStep = at + STEP_BYTES;
            yield;
          }
        }
        at--;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        if (depth !== 1 || listStart < 0) break;
        pieces.push({ start: pieceStart, end: at });
        parts = { list: { start: listStart, end: at }, pieces };
        listStart = -1;
        break;
      case COMMA:
        if (depth === 2 && listStart >= 0 && at - pieceStart >= PIECE_BYTES) {
          pieces.push({ start: pieceStart, end: at });
          pieceStart = at + 1;
          finder?.learn(at);
          for (let end = finder?.find(pieceStart); end !== undefined; end = finder?.find(pieceStart)) {
            at = end;
            pieces.push({ start: pieceStart, end: at });
            pieceStart = at + 1;
            yield;
          }
        }
        break;
      default:
        // White space can be most of a text.
        if (at < nextStep) continue;
        nextStep = at + STEP_BYTES;
        yield;
        continue;
    }
    isFlags = false;
    if (at >= nextStep) {
      nextStep = at + STEP_BYTES;
      yield;
    }
  }
  if (depth + inside.depth > 0) {
    throw invalid(what, `${bytes.length} bytes that are not JSON (they end in the middle of it)`);
  }
  return parts;
}

function tooMany(what: string, bytes: Uint8Array): Error {
  return invalid(what, `it expands to many times its ${bytes.length} bytes in memory`);
}

/**
 * Skips what is inside a flag, where nothing but strings and depth matters: most bytes of a document are there.
 * @returns the place behind the last byte that was looked at: where the depth is 0, or at `limit` or a little later.
 */
function skip(bytes: Uint8Array, from: number, limit: number, inside: Inside): number {
  let { depth, containers } = inside;
  let at = from;
  while (at < limit && depth > 0) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte >= OPEN_LIST) {
      // Brackets and braces differ in one bit.
      const either = byte | (OPEN_OBJECT - OPEN_LIST);
      if (either === OPEN_OBJECT) {
        depth++;
        containers++;
      } else if (either === CLOSE_OBJECT) depth--;
    }
    at++;
  }
  inside.depth = depth;
  inside.containers = containers;
  return at;
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (const near = at + SHORT; at < near; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return bytes.length;
    let backslashes = 0;
    while (quote - 1 - backslashes >= at && bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    at = quote + 1;
    if (backslashes % 2 === 0) return quote;
  }
}

function isName(bytes: Uint8Array, start: number): boolean {
  return start >= 0 && NAME.every((byte, place) => bytes[start + place] === byte);
}

/**
 * Looks for what is between the white space around a text.
 * @returns (at its end) where that begins and ends.
 */
export function* withoutBlanks(bytes: Uint8Array): Generator<void, Part, void> {
  let start = 0;
  let end = bytes.length;
  for (; start < end && isBlank(bytes[start]); start++) if (start % STEP_BYTES === 0) yield;
  for (; end > start && isBlank(bytes[end - 1]); end--) if (end % STEP_BYTES === 0) yield;
  return { start, end };
}

/** Whether a byte is white space between values. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0A || byte === 0x0D || byte === 0x09;
}
