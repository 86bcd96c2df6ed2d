// The reference library as an engine: used for evaluation only, it is given each state as a snapshot and sends nothing.

import type { Compilation, Engine, EngineInfo, InputFormat } from "../engine.ts";
import { ReferenceCompilation } from "./compilation.ts";
import { Initializer } from "./initializer.ts";
import { ReferenceLibrary } from "./reference_library.ts";

/** Where the reference engine's library is, and how it is loaded. */
export interface ReferenceEngineOptions {
  /** The file of the library. */
  readonly libraryPath: string;
  /** Why this engine was chosen, for `client.engine`. */
  readonly reason?: string;
}

interface Opened {
  readonly library: ReferenceLibrary;
  readonly initializer: Initializer;
}

// A library stays open for the life of the process: it has threads of its own, and closing it under them is a crash.
const opened: Map<string, Promise<Opened>> = new Map();

/**
 * Opens the reference library (`flipt-engine-ffi`); all clients of a thread share it, and one Worker.
 * @throws {EngineError} (rejects) when there is no FFI, no permission, no library, or another one.
 */
export async function openReferenceEngine(options: ReferenceEngineOptions): Promise<Engine> {
  const { libraryPath, reason } = options;
  let opening = opened.get(libraryPath);
  if (opening === undefined) {
    opening = open(libraryPath);
    opened.set(libraryPath, opening);
    // A permission or a file that is missing now can be there for the next client.
    opening.catch(() => opened.delete(libraryPath));
  }
  return new ReferenceEngine(await opening, { kind: "flipt-engine-ffi", library: libraryPath, reason });
}

async function open(libraryPath: string): Promise<Opened> {
  const library = await ReferenceLibrary.open(libraryPath);
  return { library, initializer: new Initializer(library, new URL("./worker_node.ts", import.meta.url)) };
}

class ReferenceEngine implements Engine {
  readonly info: EngineInfo;
  readonly #opened: Opened;

  constructor(opened: Opened, info: EngineInfo) {
    this.#opened = opened;
    this.info = info;
  }

  compile(format: InputFormat, namespace: string): Compilation {
    const { library, initializer } = this.#opened;
    return new ReferenceCompilation(library, initializer, format, namespace);
  }
}
