// Takes a stream of lines apart as its bytes arrive: `{"result": document}` becomes the bytes of the document, without
// parsing or keeping them; `{"error": …}` becomes its text.

/** Takes the bytes of one document. */
export interface DocumentSink {
  /** The next bytes. They are the reader's: whoever keeps them copies them. */
  write(bytes: Uint8Array): void;
  /** That was all of it. */
  end(): void;
  /** The line was not whole: what was written is worth nothing. */
  abandon(): void;
}

/** Takes what lines hold. A method that throws ends the reading. */
export interface LineHandler {
  /** A document begins. */
  document(): DocumentSink;
  /** A line said what is wrong at the server; `text` is the JSON that followed `"error":`, or its beginning. */
  serverError(text: string): void;
  /** A line was something else, not whole, or there were blank lines without end. */
  invalid(): void;
}

interface ErrorLine {
  text: string;
  readonly decoder: TextDecoder;
}

const NEWLINE = 0x0a;
const CLOSING_BRACE = 0x7d;

/** The most that may precede what an envelope holds, in bytes. */
const MAX_PREFIX_BYTES = 256;
/** The most of an error that is kept, in bytes. */
const MAX_ERROR_BYTES = 16_384;
/** The most white space that may follow the brace that ends an envelope, in bytes. */
const MAX_TAIL_BYTES = 4_096;
/** The most white space between two documents, in bytes: as many empty lines as a proxy may send in days to keep a connection. */
const MAX_BLANK_BYTES = 1 << 20;

const ENVELOPE = /^\{[ \t\r]*"(result|error)"[ \t\r]*:/;

/** Splits bytes into lines, wherever the chunks are cut. Looks at no byte more than a few times, and keeps few. */
export class StreamLines {
  readonly #handler: LineHandler;
  readonly #maxBlankBytes: number;
  /** What a line began with, until it is clear what it holds. */
  #prefix = "";
  /** What takes the line's bytes: nothing yet, a document, an error's text, or nobody. */
  #line: "unknown" | "ignored" | DocumentSink | ErrorLine = "unknown";
  /** The end of what was taken so far, which may be the end of the envelope: a brace and white space. */
  readonly #tail = new Uint8Array(MAX_TAIL_BYTES);
  #tailLength = 0;
  #blankBytes = 0;

  /**
   * Hands what lines hold to `handler`.
   * @param maxDocumentBytes The largest document that is taken, in bytes; no more than that may be blank lines.
   */
  constructor(handler: LineHandler, maxDocumentBytes: number) {
    this.#handler = handler;
    this.#maxBlankBytes = Math.min(maxDocumentBytes, MAX_BLANK_BYTES);
  }

  /**
   * Takes the next bytes from `start` on, but none after the end of a line.
   * @returns where the first byte is that was not taken.
   */
  take(chunk: Uint8Array, start: number): number {
    const begin = this.#isBetweenLines() ? this.#skipBlank(chunk, start) : start;
    if (begin >= chunk.length) return begin;
    const newline = chunk.indexOf(NEWLINE, begin);
    const end = newline < 0 ? chunk.length : newline;
    const bytes = chunk.subarray(begin, end);
    if (this.#line === "unknown") this.#begin(bytes);
    else this.#content(bytes);
    if (newline < 0) return end;
    this.#endLine();
    return newline + 1;
  }

  /** There are no more bytes: a line that has not ended is given up. */
  stop(): void {
    if (typeof this.#line === "object" && "abandon" in this.#line) this.#line.abandon();
    this.#reset();
  }

  #isBetweenLines(): boolean {
    return this.#line === "unknown" && this.#prefix === "";
  }

  /** Where the next line begins that is not empty. */
  #skipBlank(chunk: Uint8Array, start: number): number {
    let end = start;
    while (end < chunk.length && (chunk[end] === NEWLINE || isBlank(chunk[end]))) end++;
    this.#blankBytes += end - start;
    if (this.#blankBytes > this.#maxBlankBytes) {
      this.#blankBytes = 0;
      this.#handler.invalid();
    }
    return end;
  }

  /** Looks for the envelope in the first bytes of a line. */
  #begin(bytes: Uint8Array): void {
    const before = this.#prefix.length;
    // Each byte is one character here, so that places in the text are places in the bytes.
    this.#prefix += String.fromCharCode(...bytes.subarray(0, MAX_PREFIX_BYTES - before));
    const match = ENVELOPE.exec(this.#prefix);
    if (match === null) {
      if (this.#prefix.length < MAX_PREFIX_BYTES) return;
      this.#line = "ignored";
      return this.#handler.invalid();
    }
    this.#line = match[1] === "result" ? this.#handler.document() : {
      text: "",
      decoder: new TextDecoder(),
    };
    this.#content(bytes.subarray(match[0].length - before));
  }

  /** Passes bytes on, but for those that may be the end of the envelope. */
  #content(bytes: Uint8Array): void {
    if (this.#line === "ignored") return;
    let last = bytes.length - 1;
    while (last >= 0 && isBlank(bytes[last])) last--;
    const begin = Math.max(last, 0);
    const isEnd = last < 0 ? this.#tailLength > 0 : bytes[last] === CLOSING_BRACE;
    // More blanks after a brace than there is room for are in the middle of a text, or nonsense.
    const isTail = isEnd && (last < 0 ? this.#tailLength : 0) + bytes.length - begin <= MAX_TAIL_BYTES;
    if (last >= 0 || !isTail) {
      this.#pass(this.#tail.subarray(0, this.#tailLength));
      this.#tailLength = 0;
    }
    this.#pass(isTail ? bytes.subarray(0, begin) : bytes);
    if (!isTail) return;
    this.#tail.set(bytes.subarray(begin), this.#tailLength);
    this.#tailLength += bytes.length - begin;
  }

  #pass(bytes: Uint8Array): void {
    const line = this.#line;
    if (bytes.length === 0 || typeof line !== "object") return;
    if (!("text" in line)) return line.write(bytes);
    line.text += line.decoder.decode(bytes.subarray(0, MAX_ERROR_BYTES), { stream: true });
    if (line.text.length < MAX_ERROR_BYTES) return;
    this.#line = "ignored";
    this.#handler.serverError(line.text);
  }

  #endLine(): void {
    const line = this.#line;
    const isWhole = this.#tailLength > 0;
    this.#reset();
    if (line === "ignored") return;
    if (line === "unknown") this.#handler.invalid();
    else if ("text" in line) this.#handler.serverError(line.text);
    else if (isWhole) {
      this.#blankBytes = 0;
      line.end();
    } else {
      line.abandon();
      this.#handler.invalid();
    }
  }

  #reset(): void {
    this.#prefix = "";
    this.#line = "unknown";
    this.#tailLength = 0;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
