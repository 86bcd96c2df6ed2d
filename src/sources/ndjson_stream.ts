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

/** Takes what lines hold. */
export interface LineHandler {
  /** A document begins. */
  document(): DocumentSink;
  /** A line said what is wrong at the server; `text` is the JSON that followed `"error":`. */
  serverError(text: string): void;
  /** A line was something else. */
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

const ENVELOPE = /^[ \t\r]*\{[ \t\r]*"(result|error)"[ \t\r]*:/;

/** Splits bytes into lines, wherever the chunks are cut. */
export class StreamLines {
  readonly #handler: LineHandler;
  /** What a line began with, until it is clear what it holds. */
  #prefix = "";
  /** What takes the line's bytes: nothing yet, a document, an error's text, or nobody. */
  #line: "unknown" | "ignored" | DocumentSink | ErrorLine = "unknown";
  /** The end of what was taken so far, which may be the end of the envelope: a brace and white space. */
  #tail: Uint8Array | undefined;

  /** Hands what lines hold to `handler`. */
  constructor(handler: LineHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes. */
  add(chunk: Uint8Array): void {
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      this.#take(chunk.subarray(start, end));
      if (newline < 0) return;
      this.#endLine();
      start = newline + 1;
    }
  }

  /** There are no more bytes: a line that has not ended is given up. */
  stop(): void {
    if (typeof this.#line === "object" && "abandon" in this.#line) this.#line.abandon();
    this.#reset();
  }

  #take(bytes: Uint8Array): void {
    if (this.#line === "unknown") this.#begin(bytes);
    else this.#content(bytes);
  }

  /** Looks for the envelope in the first bytes of a line. */
  #begin(bytes: Uint8Array): void {
    const before = this.#prefix.length;
    // Each byte is one character here, so that places in the text are places in the bytes.
    this.#prefix += String.fromCharCode(...bytes.subarray(0, MAX_PREFIX_BYTES - before));
    const match = ENVELOPE.exec(this.#prefix);
    if (match === null) {
      if (this.#prefix.length >= MAX_PREFIX_BYTES) this.#line = "ignored";
      return;
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
    if (last < 0 && this.#tail !== undefined) {
      // Still blanks after a brace: the end of the envelope, or the middle of a text.
      this.#tail = joined(this.#tail, bytes);
      return;
    }
    if (this.#tail !== undefined) this.#pass(this.#tail);
    const isTail = bytes[last] === CLOSING_BRACE;
    this.#pass(isTail ? bytes.subarray(0, last) : bytes);
    this.#tail = isTail ? new Uint8Array(bytes.subarray(last)) : undefined;
  }

  #pass(bytes: Uint8Array): void {
    if (bytes.length === 0 || typeof this.#line !== "object") return;
    if (!("text" in this.#line)) this.#line.write(bytes);
    else if (this.#line.text.length < MAX_ERROR_BYTES) {
      this.#line.text += this.#line.decoder.decode(bytes, { stream: true });
    }
  }

  #endLine(): void {
    const line = this.#line;
    const isWhole = this.#tail !== undefined;
    const isBlankLine = line === "unknown" && this.#prefix.trim() === "";
    this.#reset();
    if (isBlankLine) return;
    if (typeof line !== "object") this.#handler.invalid();
    else if ("text" in line) this.#handler.serverError(line.text);
    else if (isWhole) line.end();
    else {
      line.abandon();
      this.#handler.invalid();
    }
  }

  #reset(): void {
    this.#prefix = "";
    this.#line = "unknown";
    this.#tail = undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
