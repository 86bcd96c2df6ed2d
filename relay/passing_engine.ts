// The engine of a relay's clients: checks documents as every engine does, and keeps their bytes, for a relay passes
// documents on and evaluates nothing.

import { DocumentError, EvaluationError } from "../core/errors.ts";
import { fromBase64, toBase64 } from "../engines/base64.ts";
import { collectedCompilation, readDocument } from "../engines/collected.ts";
import type { CompiledState, Engine } from "../engines/engine.ts";
import { accept } from "./held_document.ts";

/** Returns the engine. Its snapshots are the documents themselves, in base64. */
export function passingEngine(): Engine {
  return {
    info: { kind: "portable", reason: "a relay evaluates nothing" },
    compile: (format, namespace) =>
      collectedCompilation(async (written, isAborted) => {
        const bytes = format === "document" ? written : fromBase64(new TextDecoder().decode(written));
        if (bytes === undefined) throw new DocumentError("the snapshot is not one of a relay");
        const document = await readDocument(bytes, isAborted);
        accept(bytes, document, namespace);
        return new PassedState(bytes, document.digest);
      }),
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
