// The library as one JavaScript thread sees it: its functions, and the buffer that both sides read and write. Each
// use of the buffer begins and ends within one synchronous call, so all clients of a thread share it.

import type { Library } from "../../ffi/library.ts";
import { EngineError } from "../../core/errors.ts";
import { Code, meaning, type NativeSymbols } from "./symbols.ts";

/** From this length on, one `encodeInto` is faster than a loop over the characters. */
const LONG_TEXT = 96;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An open library and this thread's buffer in it. */
export class Bridge {
  /** The library's functions. */
  readonly call: Library<NativeSymbols>["call"];
  /** The file of the library. */
  readonly path: string;
  /** The buffer as 32-bit numbers. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** The second half of what an evaluation reports: when it was, in milliseconds since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
  /** How many requests were begun: a request that finds another number at its end was interrupted by one. */
  requests = 0;
  /** What time it is, in milliseconds since 1970, at a fraction of what `Date.now` costs. */
  readonly now: () => number;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** Maps the buffer of the calling thread. */
  constructor(library: Library<NativeSymbols>) {
    this.call = library.call;
    this.path = library.path;
    const length = this.call.flipt_ffi_buffer_length();
    this.#bytes = library.view(this.call.flipt_ffi_buffer(), length);
    this.words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, length / 4);
    this.times = new Float64Array(this.#bytes.buffer, this.#bytes.byteOffset + 8, 1);
    const { times, call: { flipt_ffi_now: readClock } } = this;
    this.now = () => {
      this.requests++;
      readClock();
      return times[0] as number;
    };
  }

  /** How many bytes the buffer takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /**
   * Writes `text` as UTF-8 (a lone surrogate as U+FFFD) to the buffer at `at`.
   * @returns where it ends; -1 when there may be no room.
   */
  write(text: string, at: number): number {
    const length = text.length;
    const bytes = this.#bytes;
    // A UTF-16 unit takes at most three bytes.
    if (at + length * 3 > bytes.length) return -1;
    if (length >= LONG_TEXT) return at + encoder.encodeInto(text, bytes.subarray(at)).written;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return this.#writeWide(text, i, at + i);
      bytes[at + i] = unit;
    }
    return at + length;
  }

  /** As `write`, from the first character on that is not ASCII: `encodeInto` costs more for a short text. */
  #writeWide(text: string, start: number, at: number): number {
    const bytes = this.#bytes;
    for (let i = start; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        bytes[at++] = unit;
        continue;
      }
      if (unit < 0x800) {
        bytes[at++] = 0xC0 | unit >> 6;
        bytes[at++] = 0x80 | unit & 0x3F;
        continue;
      }
      let point = unit;
      if ((unit & 0xF800) === 0xD800) {
        const next = text.charCodeAt(i + 1);
        if (unit < 0xDC00 && (next & 0xFC00) === 0xDC00) {
          point = 0x10000 + ((unit & 0x3FF) << 10 | next & 0x3FF);
          i++;
          bytes[at++] = 0xF0 | point >> 18;
          bytes[at++] = 0x80 | point >> 12 & 0x3F;
          bytes[at++] = 0x80 | point >> 6 & 0x3F;
          bytes[at++] = 0x80 | point & 0x3F;
          continue;
        }
        point = 0xFFFD;
      }
      bytes[at++] = 0xE0 | point >> 12;
      bytes[at++] = 0x80 | point >> 6 & 0x3F;
      bytes[at++] = 0x80 | point & 0x3F;
    }
    return at;
  }

  /** Hands `bytes` over piece by piece: `take` is called with the length of each piece once it is in the buffer. */
  feed(bytes: Uint8Array, take: (length: number) => number): void {
    for (let start = 0; start < bytes.length; start += this.#bytes.length) {
      const piece = bytes.subarray(start, start + this.#bytes.length);
      this.#bytes.set(piece);
      this.check(take(piece.length));
    }
  }

  /** Stages `bytes` as the next request, in place of any that an error left behind. */
  stage(bytes: Uint8Array): void {
    this.call.flipt_ffi_unstage();
    this.feed(bytes, this.call.flipt_ffi_stage);
  }

  /** Reads the whole outbox as bytes; `posted` is what the call that filled it gave. */
  read(posted: number): Uint8Array {
    const all = new Uint8Array(this.check(posted));
    let length = 0;
    for (let piece = this.#next(); piece > 0; piece = this.#next()) {
      all.set(this.#bytes.subarray(0, piece), length);
      length += piece;
    }
    return all.subarray(0, length);
  }

  /** Reads the whole outbox as text. */
  text(posted: number): string {
    return decoder.decode(this.read(posted));
  }

  /** Reads the message that stands in the outbox. */
  message(): string {
    let message = "";
    const streaming = new TextDecoder();
    for (let piece = this.#next(); piece > 0; piece = this.#next()) {
      message += streaming.decode(this.#bytes.subarray(0, piece), { stream: true });
    }
    return message + streaming.decode();
  }

  #next(): number {
    return this.check(this.call.flipt_ffi_outbox_next());
  }

  /** @returns `result` when it is one. @throws {EngineError} when it is a code. */
  check(result: number): number {
    if (result >= Code.first) throw new EngineError(`the native engine failed: ${meaning(result)}`);
    return result;
  }
}
