// A document on its way into the reference library.

import { concatenated } from "../../core/bytes.ts";
import { EngineError } from "../../core/errors.ts";
import type { Compilation, CompiledState, InputFormat } from "../engine.ts";
import type { InitializedEngine } from "./initialization.ts";
import type { Initializer } from "./initializer.ts";
import type { ReferenceLibrary } from "./reference_library.ts";
import { ReferenceState } from "./state.ts";

/** Collects bytes; the work is done when they are all there. */
export class ReferenceCompilation implements Compilation {
  readonly #library: ReferenceLibrary;
  readonly #initializer: Initializer;
  readonly #format: InputFormat;
  readonly #namespace: string;
  #chunks: Uint8Array<ArrayBuffer>[] | undefined = [];
  readonly #aborting = new AbortController();

  /** Starts a compilation. */
  constructor(library: ReferenceLibrary, initializer: Initializer, format: InputFormat, namespace: string) {
    this.#library = library;
    this.#initializer = initializer;
    this.#format = format;
    this.#namespace = namespace;
  }

  write(chunk: Uint8Array): void {
    // A constructor and not slice(), which in a Buffer of Node shares memory.
    this.#chunks?.push(new Uint8Array(chunk));
  }

  finish(): Promise<CompiledState> {
    return new Promise((resolve, reject) => {
      const chunks = this.#chunks;
      this.#chunks = undefined;
      if (chunks === undefined) throw aborted();
      const { signal } = this.#aborting;
      signal.addEventListener("abort", () => reject(aborted()), { once: true });
      const input = { format: this.#format, namespace: this.#namespace, bytes: concatenated(chunks) };
      this.#initializer.initialize(input, signal).then((initialized: InitializedEngine) => {
        if (signal.aborted) this.#initializer.destroy(initialized.engine);
        else resolve(new ReferenceState(this.#library, this.#initializer, initialized));
      }, reject);
    });
  }

  abort(): void {
    this.#chunks = undefined;
    this.#aborting.abort();
  }
}

function aborted(): EngineError {
  return new EngineError("the compilation was aborted before it was finished");
}
