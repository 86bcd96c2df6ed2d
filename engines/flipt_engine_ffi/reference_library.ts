// The reference library with texts instead of pointers. Owns every string that the library gives; engines are owned by
// whoever asked for them.

import type { Library } from "../../ffi/library.ts";
import { loadFfi } from "../../ffi/mod.ts";
import { EngineError } from "../../core/errors.ts";
import { type ReferenceSymbols, symbols } from "./symbols.ts";

/** What the library answers to everything but `get_snapshot`, in JSON. */
export interface Answer<T> {
  /** What was asked for; absent or null when the request failed. */
  readonly result?: T | null;
  /** Why the request failed. */
  readonly error_message?: string | null;
}

const SCRATCH_BYTES = 1 << 16;
// UTF-8 takes at most three bytes for each UTF-16 unit.
const SCRATCH_LENGTH = Math.floor((SCRATCH_BYTES - 1) / 3);

/** The open library. */
export class ReferenceLibrary {
  readonly #library: Library<ReferenceSymbols>;
  readonly #encoder = new TextEncoder();
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);

  private constructor(library: Library<ReferenceSymbols>) {
    this.#library = library;
  }

  /**
   * Opens the library.
   * @throws {EngineError} (rejects) when there is no FFI, no permission, no library, or another one.
   */
  static async open(path: string): Promise<ReferenceLibrary> {
    const ffi = await loadFfi();
    return new ReferenceLibrary(await ffi.open(path, symbols));
  }

  /** The file of the library. */
  get path(): string {
    return this.#library.path;
  }

  /**
   * Makes an engine on this thread.
   * @param options NUL-terminated JSON that is known to be good: the library ends the process over a bad one.
   */
  initialize(options: Uint8Array): bigint {
    return made(this.#library.call.initialize_engine(options));
  }

  /** Makes an engine, off this thread where the runtime can without a Worker. */
  async initializeOffThread(options: Uint8Array): Promise<bigint> {
    const { callOffThread } = this.#library;
    return callOffThread === undefined
      ? this.initialize(options)
      : made(await callOffThread.initialize_engine(options));
  }

  /** Ends an engine; it must not be used afterwards. */
  destroy(engine: bigint): void {
    this.#library.call.destroy_engine(engine);
  }

  /** Ends an engine, off this thread where the runtime can without a Worker. */
  async destroyOffThread(engine: bigint): Promise<void> {
    const { callOffThread } = this.#library;
    if (callOffThread === undefined) this.destroy(engine);
    else await callOffThread.destroy_engine(engine);
  }

  /** Evaluates a request: JSON that is known to be good. */
  evaluate<T>(type: "variant" | "boolean", engine: bigint, request: string): Answer<T> {
    const { call } = this.#library;
    const text = this.#nulTerminated(request);
    return this.#parse(
      type === "variant" ? call.evaluate_variant(engine, text) : call.evaluate_boolean(engine, text),
    );
  }

  /** The flags of an engine, in no particular order. */
  listFlags<T>(engine: bigint): Answer<readonly T[]> {
    return this.#parse(this.#library.call.list_flags(engine));
  }

  /** The snapshot of an engine in base64. */
  snapshot(engine: bigint): string {
    return this.#take(this.#library.call.get_snapshot(engine));
  }

  #parse<T>(address: bigint): Answer<T> {
    return JSON.parse(this.#take(address)) as Answer<T>;
  }

  /** Copies a string of the library and gives it back. */
  #take(address: bigint): string {
    if (address === 0n) throw new EngineError("the reference library returned no answer");
    try {
      return this.#library.text(address);
    } finally {
      this.#library.call.destroy_string(address);
    }
  }

  #nulTerminated(text: string): Uint8Array {
    if (text.length > SCRATCH_LENGTH) return this.#encoder.encode(`${text}\0`);
    this.#scratch[this.#encoder.encodeInto(text, this.#scratch).written] = 0;
    return this.#scratch;
  }
}

function made(engine: bigint): bigint {
  if (engine === 0n) throw new EngineError("the reference library created no engine");
  return engine;
}
