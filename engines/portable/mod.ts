// The portable engine: evaluates in TypeScript, wherever there is no native library or no permission to load one.

import { collectedCompilation, readDocument } from "../collected.ts";
import type { Engine } from "../engine.ts";
import { PortableState } from "./state.ts";

/**
 * The engine that runs everywhere.
 * @param reason Why this engine and not a faster one, in a sentence, for `client.engine`.
 */
export function portableEngine(reason?: string): Engine {
  return {
    info: reason === undefined ? { kind: "portable" } : { kind: "portable", reason },
    compile: (format, namespace) =>
      collectedCompilation(async (bytes, isAborted) =>
        new PortableState(
          format === "document"
            ? await readDocument(bytes, isAborted)
            : (await import("../snapshot_reading.ts")).decodeSnapshot(bytes, namespace),
          namespace,
        )
      ),
  };
}
