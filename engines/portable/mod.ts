// The portable engine: evaluates in TypeScript, wherever there is no native library or no permission to load one.

import { EngineError } from "../../core/errors.ts";
import { LARGE_BYTES, parseDocument } from "../document.ts";
import type { Compilation, CompiledState, Engine, InputFormat } from "../engine.ts";
import { PortableState } from "./state.ts";

/**
 * The engine that runs everywhere.
 * @param reason Why this engine and not a faster one, in a sentence, for `client.engine`.
 */
export function portableEngine(reason?: string): Engine {
  return {
    info: reason === undefined ? { kind: "portable" } : { kind: "portable", reason },
    compile: (format, namespace) => new PortableCompilation(format, namespace),
  };
}

class PortableCompilation implements Compilation {
  readonly #format: InputFormat;
  readonly #namespace: string;
  #chunks: Uint8Array[] | undefined = [];

  constructor(format: InputFormat, namespace: string) {
    this.#format = format;
    this.#namespace = namespace;
  }

  write(chunk: Uint8Array): void {
    // A constructor and not slice(), which in a Buffer of Node shares memory.
    this.#chunks?.push(new Uint8Array(chunk));
  }

  async finish(): Promise<CompiledState> {
    // Leaves the caller a moment to abort, as an engine that parses on another thread does.
    await Promise.resolve();
    const chunks = this.#chunks;
    if (chunks === undefined) throw aborted();
    const bytes = concatenate(chunks);
    const document = this.#format !== "document"
      ? (await import("../snapshot_reading.ts")).decodeSnapshot(bytes, this.#namespace)
      : bytes.length < LARGE_BYTES
      ? parseDocument(bytes)
      : await (await import("../large.ts")).parseInTurns(bytes, () => !this.#chunks);
    if (this.#chunks === undefined) throw aborted();
    this.#chunks = undefined;
    return new PortableState(document, this.#namespace);
  }

  abort(): void {
    this.#chunks = undefined;
  }
}

function aborted(): EngineError {
  return new EngineError("the compilation was aborted");
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
