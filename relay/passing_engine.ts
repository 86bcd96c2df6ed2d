// The engine of a relay's clients: checks documents as every engine does, and keeps their bytes, for a relay passes
// documents on and evaluates nothing.

import { DocumentError, EngineError, EvaluationError } from "../core/errors.ts";
import { fromBase64, toBase64 } from "../engines/base64.ts";
import { type FlagDocument, LARGE_BYTES, parseDocument } from "../engines/document.ts";
import type { Compilation, CompiledState, Engine, InputFormat } from "../engines/engine.ts";
import { parseInTurns } from "../engines/large.ts";
import { accept } from "./held_document.ts";

/** Returns the engine. Its snapshots are the documents themselves, in base64. */
export function passingEngine(): Engine {
  return {
    info: { kind: "portable", reason: "a relay evaluates nothing" },
    compile: (format, namespace) => new PassingCompilation(format, namespace),
  };
}

/** A document that is passed on. */
export class PassedState implements CompiledState {
  readonly digest: string | undefined;
  /** The JSON of the document, as it came. */
  readonly document: Uint8Array;

  /** The state of a document with the given bytes. */
  constructor(document: Uint8Array, digest: unknown) {
    this.document = document;
    this.digest = typeof digest === "string" ? digest : undefined;
  }

  evaluateVariant(): never {
    throw evaluatesNothing();
  }

  evaluateBoolean(): never {
    throw evaluatesNothing();
  }

  evaluate(): never {
    throw evaluatesNothing();
  }

  listFlags(): [] {
    return [];
  }

  snapshot(): string {
    return toBase64(this.document);
  }

  changedFlags(): string[] {
    return [];
  }

  release(): void {}
}

function evaluatesNothing(): EvaluationError {
  return new EvaluationError("a relay evaluates nothing");
}

class PassingCompilation implements Compilation {
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
    await Promise.resolve();
    if (this.#chunks === undefined) throw aborted();
    const written = concatenated(this.#chunks);
    const bytes = this.#format === "document" ? written : fromBase64(new TextDecoder().decode(written));
    if (bytes === undefined) throw new DocumentError("the snapshot is not one of a relay");
    const document: FlagDocument = bytes.length < LARGE_BYTES
      ? parseDocument(bytes)
      : await parseInTurns(bytes, () => this.#chunks === undefined);
    if (this.#chunks === undefined) throw aborted();
    this.#chunks = undefined;
    accept(bytes, document, this.#namespace);
    return new PassedState(bytes, document.digest);
  }

  abort(): void {
    this.#chunks = undefined;
  }
}

function aborted(): EngineError {
  return new EngineError("the document is no longer needed");
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
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
