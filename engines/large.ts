// Reads documents of any size in bounded memory: what would expand without end is refused before it is
// parsed, and flags are parsed in pieces, so that the event loop has its turns.

import { Turns } from "../ffi/turns.ts";
import { EngineError } from "../core/errors.ts";
import {
  type DocumentFlag,
  type DocumentNamespace,
  flag,
  type FlagDocument,
  LARGE_BYTES,
} from "./document.ts";
import { messageOf, parseChecked, parseDocument } from "./document_parsing.ts";
import { type Part, scan, withoutBlanks } from "./json_scan.ts";
import { checkLimits } from "./limits.ts";
import { type ParsedPiece, parsePiece, QuickPieces } from "./quick_pieces.ts";
import { members, type Shape } from "./shape.ts";
import { checkShape, invalid } from "./shape_check.ts";

const head: Shape = members({ namespace: members({ key: "string", "name?": "string" }) });

/** A document may have this many bytes beside its flags, which are parsed in one piece. */
const MAX_HEAD_BYTES = 1 << 24;

/** Stands in the place of the flags when the rest of a document is parsed. No flag is a number. */
const MARK = 1;

/** What the bytes are called in messages. */
const WHAT = "document";

/**
 * Reads a document, and lets the event loop have its turn now and then.
 * @param isAborted Whether nobody waits any more; asked in each turn.
 * @throws {DocumentError} (rejects) as `parseBounded` does.
 * @throws {EngineError} (rejects) when it was aborted.
 */
export async function parseInTurns(bytes: Uint8Array, isAborted: () => boolean): Promise<FlagDocument> {
  const steps = documentSteps(bytes);
  const turns = new Turns();
  for (;;) {
    if (isAborted()) throw new EngineError("the compilation was aborted");
    const step = steps.next();
    if (step.done) return step.value;
    if (turns.isOver) await turns.next();
  }
}

/**
 * Reads a document of any size.
 * @throws {DocumentError} when the bytes are not UTF-8, not JSON, not a document, or one that asks for too much.
 */
export function parseBounded(bytes: Uint8Array): FlagDocument {
  const steps = documentSteps(bytes);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Reads a document as `parseBounded` does, in steps of some milliseconds each. */
export function* documentSteps(bytes: Uint8Array): Generator<void, FlagDocument, void> {
  const finder = new QuickPieces(bytes, tryPiece);
  const parts = bytes.length < LARGE_BYTES ? undefined : yield* scan(bytes, WHAT, finder);
  const { start, end } = yield* withoutBlanks(bytes);
  const headLength = end - start - (parts === undefined ? 0 : parts.list.end - parts.list.start);
  if (headLength > MAX_HEAD_BYTES) {
    throw invalid(WHAT, `it has more than ${MAX_HEAD_BYTES} bytes beside its flags`);
  }
  if (parts === undefined) return wholeDocument(bytes.subarray(start, end));
  const { list, pieces } = parts;
  const headBytes = new Uint8Array(headLength + 1);
  headBytes.set(bytes.subarray(start, list.start));
  headBytes[list.start - start] = MARK + 0x30;
  headBytes.set(bytes.subarray(list.end, end), list.start - start + 1);
  const parsed = parseChecked(headBytes, head, WHAT);
  const { flags: marked, ...rest } = parsed as { flags: unknown; namespace: DocumentNamespace };
  // With a second member of that name, spelled otherwise, JSON.parse takes the last one.
  if (!Array.isArray(marked) || marked.length !== 1 || marked[0] !== MARK) return wholeDocument(bytes);
  const flags: DocumentFlag[] = [];
  for (const piece of pieces) {
    yield;
    const parsed = finder.take(piece) ?? parsedPiece(bytes, piece);
    if (parsed.value.length === 0 && pieces.length > 1) {
      throw invalid(WHAT, `a comma without a flag at byte ${piece.start}`);
    }
    if (parsed.isChecked !== true) checkPiece(parsed, flags.length);
    for (const each of parsed.value) flags.push(each as DocumentFlag);
  }
  return { ...rest, flags };
}

/**
 * @param index Of the first flag of the piece.
 * @throws {DocumentError} when a flag is none, or asks for too much.
 */
function checkPiece({ value, isWellFormed }: ParsedPiece, index: number): void {
  value.forEach((each, place) => {
    checkShape(each, flag, isWellFormed, WHAT, ["flags", index + place]);
    checkLimits(each as DocumentFlag, WHAT);
  });
}

/** Checks a piece of flags that may not count: what is wrong with them is said when they do. */
function tryPiece(piece: ParsedPiece): void {
  try {
    checkPiece(piece, 0);
    piece.isChecked = true;
  } catch {
    // It is checked once more, with the place that its flags have then.
  }
}

function parsedPiece(bytes: Uint8Array, { start, end }: Part): ParsedPiece {
  try {
    return parsePiece(bytes.subarray(start, end));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw invalid(WHAT, "it is not UTF-8 text", { cause });
    const problem = `${messageOf(cause)}, in the part that begins at byte ${start}`;
    throw invalid(WHAT, `${bytes.length} bytes that are not JSON (${problem})`, { cause });
  }
}

function wholeDocument(bytes: Uint8Array): FlagDocument {
  const whole = parseDocument(bytes);
  for (const each of whole.flags) checkLimits(each, WHAT);
  return whole;
}
