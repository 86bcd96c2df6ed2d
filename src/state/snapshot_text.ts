// The text of a snapshot on its way into an engine: no larger than documents may be, and in pieces.

import { DocumentError } from "../../core/errors.ts";
import type { Settings } from "../options/options.ts";

/** The most characters that a snapshot has for each byte of its document: it is base64, with longer names. */
const CHARACTERS_PER_BYTE = 8;
/** How many characters become bytes at once. */
const PIECE_LENGTH = 65_536;

/**
 * The bytes of a snapshot, without white space around it.
 * @throws {DocumentError} when it is larger than that of any document that is taken.
 */
export function* snapshotChunks(
  snapshot: string,
  { maxDocumentBytes }: Pick<Settings, "maxDocumentBytes">,
): Generator<Uint8Array, void, undefined> {
  const most = maxDocumentBytes * CHARACTERS_PER_BYTE;
  if (snapshot.length > most) {
    throw new DocumentError(
      `a snapshot has more than ${most} characters, ${CHARACTERS_PER_BYTE} for each byte of maxDocumentBytes: ` +
        "if that is right, raise that option",
    );
  }
  const text = snapshot.trim();
  const encoder = new TextEncoder();
  // Base64 has no character that a cut could part.
  for (let start = 0; start < text.length; start += PIECE_LENGTH) {
    yield encoder.encode(text.slice(start, start + PIECE_LENGTH));
  }
}
