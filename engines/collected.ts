// A compilation in JavaScript: it collects the bytes, and works when they are all there.

import { concatenated } from "../core/bytes.ts";
import { EngineError } from "../core/errors.ts";
import { type FlagDocument, LARGE_BYTES, parseDocument } from "./document.ts";
import type { Compilation, CompiledState } from "./engine.ts";

/**
 * Returns a compilation that collects bytes.
 * @param compile Compiles them; what it returns after an abort is dropped.
 */
export function collectedCompilation(
  compile: (bytes: Uint8Array, isAborted: () => boolean) => Promise<CompiledState>,
): Compilation {
  let chunks: Uint8Array<ArrayBuffer>[] | undefined = [];
  return {
    write(chunk) {
      // A constructor and not slice(), which in a Buffer of Node shares memory.
      chunks?.push(new Uint8Array(chunk));
    },
    async finish() {
      // Leaves the caller a moment to abort, as an engine that parses on another thread does.
      await Promise.resolve();
      const state = chunks && await compile(concatenated(chunks), () => !chunks);
      if (!chunks || !state) throw new EngineError("the compilation was aborted");
      chunks = undefined;
      return state;
    },
    abort() {
      chunks = undefined;
    },
  };
}

/** Reads a document, a large one in turns. @throws {DocumentError} (rejects) when it is not one. */
export async function readDocument(bytes: Uint8Array, isAborted: () => boolean): Promise<FlagDocument> {
  if (bytes.length < LARGE_BYTES) return parseDocument(bytes);
  return await (await import("./large.ts")).parseInTurns(bytes, isAborted);
}
