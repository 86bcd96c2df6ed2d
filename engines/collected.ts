// A compilation in JavaScript: it collects the bytes, and works when they are all there.

import { concatenated } from "../core/bytes.ts";
import { EngineError } from "../core/errors.ts";
import { document, type FlagDocument, LARGE_BYTES } from "./document.ts";
import type { Compilation, CompiledState } from "./engine.ts";
import { fits, isWellFormedJson } from "./shape.ts";

/**
 * Returns a compilation that collects bytes.
 * @param compile Compiles them; what it returns after an abort is dropped.
 */
export function collectedCompilation(
  compile: (bytes: Uint8Array, isAborted: () => boolean) => Promise<CompiledState>,
): Compilation {
  let isAborted = false;
  let chunks: Uint8Array<ArrayBuffer>[] | undefined = [];
  return {
    write(chunk) {
      // A constructor and not slice(), which in a Buffer of Node shares memory.
      chunks?.push(new Uint8Array(chunk));
    },
    async finish() {
      // Leaves the caller a moment to abort, as an engine that parses on another thread does.
      await Promise.resolve();
      const whole = chunks && concatenated(chunks);
      // A large document is in memory once, and not twice, while it is compiled.
      chunks = undefined;
      const state = whole && await compile(whole, () => isAborted);
      if (isAborted || !state) throw new EngineError("the compilation was aborted");
      return state;
    },
    abort() {
      isAborted = true;
      chunks = undefined;
    },
  };
}

/** Reads a document, a large one in turns. @throws {DocumentError} (rejects) when it is not one. */
export async function readDocument(bytes: Uint8Array, isAborted: () => boolean): Promise<FlagDocument> {
  if (bytes.length >= LARGE_BYTES) return await (await import("./large.ts")).parseInTurns(bytes, isAborted);
  return goodDocument(bytes) ?? (await import("./document_parsing.ts")).parseDocument(bytes);
}

/** Reads a document that is one; `undefined` for what is none, which `parseDocument` says more of. */
function goodDocument(bytes: Uint8Array): FlagDocument | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return fits(value, document, isWellFormedJson(text)) ? value as FlagDocument : undefined;
  } catch {
    return undefined;
  }
}
