// The native engine: this project's own library, opened over the runtime's FFI.

import type { Ffi, Library } from "../../ffi/library.ts";
import { loadFfi } from "../../ffi/mod.ts";
import { EngineError } from "../../src/errors.ts";
import type { Compilation, Engine, EngineInfo, InputFormat } from "../engine.ts";
import { Bridge } from "./bridge.ts";
import { NativeCompilation } from "./compilation.ts";
import { builtLibraryPath } from "./library_path.ts";
import { ABI_VERSION, type NativeSymbols, symbols } from "./symbols.ts";

/** How the native engine is to be had. */
export interface NativeEngineOptions {
  /** The file of the library. @default the one that was built for this platform */
  readonly libraryPath?: string;
  /** Why this engine was chosen, for `client.engine`. */
  readonly reason?: string;
}

// A library stays open for the life of the process: it has threads of its own, and closing it under them is a crash.
const bridges: Map<string, Promise<Bridge>> = new Map();

/**
 * Opens the native engine; all clients of a thread share one library.
 * @throws {EngineError} (rejects) when there is no FFI, no permission, no library, or one of another ABI version.
 */
export async function openNativeEngine(options: NativeEngineOptions = {}): Promise<Engine> {
  const path = options.libraryPath ?? builtLibraryPath();
  let opening = bridges.get(path);
  if (opening === undefined) {
    opening = openBridge(path);
    bridges.set(path, opening);
    // A permission or a file that is missing now can be there for the next client.
    opening.catch(() => bridges.delete(path));
  }
  const bridge = await opening;
  return new NativeEngine(bridge, { kind: "native", library: path, reason: options.reason });
}

class NativeEngine implements Engine {
  readonly info: EngineInfo;
  readonly #bridge: Bridge;

  constructor(bridge: Bridge, info: EngineInfo) {
    this.#bridge = bridge;
    this.info = info;
  }

  compile(format: InputFormat, namespace: string): Compilation {
    return new NativeCompilation(this.#bridge, format, namespace);
  }
}

async function openBridge(path: string): Promise<Bridge> {
  const ffi = await loadFfi();
  await checkVersion(ffi, path);
  const library: Library<NativeSymbols> = await ffi.open(path, symbols);
  return new Bridge(library);
}

/** Asked with a table of one function, so that a library of another version is told from one that is none of ours. */
async function checkVersion(ffi: Ffi, path: string): Promise<void> {
  const library = await ffi.open(path, { flipt_ffi_abi_version: symbols.flipt_ffi_abi_version });
  const version = library.call.flipt_ffi_abi_version();
  if (version !== ABI_VERSION) {
    throw new EngineError(
      `the native library ${path} speaks ABI version ${version}, this package version ${ABI_VERSION}: ` +
        `use the library that belongs to this version of the package`,
    );
  }
}
