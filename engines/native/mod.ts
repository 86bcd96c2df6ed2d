// The native engine: this project's own library, opened over the runtime's FFI.

import type { Library } from "../../ffi/library.ts";
import { loadFfi } from "../../ffi/mod.ts";
import { EngineError } from "../../core/errors.ts";
import type {
  Compilation,
  CompiledState,
  Engine,
  EngineInfo,
  Follower,
  InputFormat,
  Publisher,
  SharedStateHandle,
} from "../engine.ts";
import { Bridge } from "./bridge.ts";
import { NativeCompilation } from "./compilation.ts";
import { nativeLibraryPath } from "./library_path.ts";
import { NativeFollower, NativePublisher } from "./sharing.ts";
import { NativeState } from "./state.ts";
import { ABI_VERSION, type NativeSymbols, symbols } from "./symbols.ts";

/** Where the native engine's library is, and how it is loaded. */
export interface NativeEngineOptions {
  /** The file of the library, taken as it is. @default the one for this platform that comes with the package */
  readonly libraryPath?: string;
  /** Why this engine was chosen, for `client.engine`. */
  readonly reason?: string;
  /** Whether small flags are evaluated in JavaScript. @default true */
  readonly smallInScript?: boolean;
}

// A library stays open for the life of the process: it has threads of its own, and closing it under them is a crash.
const bridges: Map<string, Promise<Bridge>> = new Map();

/**
 * Opens the native engine; all clients of a thread share one library.
 * @throws {EngineError} (rejects) when there is no FFI, no permission, no library, or one of another ABI version.
 */
export async function openNativeEngine(options: NativeEngineOptions = {}): Promise<Engine> {
  const path = options.libraryPath ?? await nativeLibraryPath();
  const info: EngineInfo = { kind: "native", library: path, reason: options.reason };
  return new NativeEngine(await bridgeOf(path), info, options.smallInScript ?? true);
}

/**
 * Follows the state that a client on another thread of this process shares.
 * @throws {EngineError} (rejects) when the library cannot be opened here.
 * @throws {EvaluationError} (rejects) when that client is closed.
 */
export async function followNativeState(
  handle: SharedStateHandle,
): Promise<{ engine: Engine; follower: Follower }> {
  const reason = "another thread shares its flag state";
  const engine = await openNativeEngine({ libraryPath: handle.library, reason });
  return { engine, follower: new NativeFollower(await bridgeOf(handle.library), handle) };
}

class NativeEngine implements Engine {
  readonly info: EngineInfo;
  readonly #bridge: Bridge;
  readonly #smallInScript: boolean;

  constructor(bridge: Bridge, info: EngineInfo, smallInScript: boolean) {
    this.#bridge = bridge;
    this.#smallInScript = smallInScript;
    this.info = info;
  }

  compile(format: InputFormat, namespace: string): Compilation {
    return new NativeCompilation(this.#bridge, format, namespace, this.#smallInScript);
  }

  share(state: CompiledState, namespace: string): Publisher | undefined {
    return state instanceof NativeState ? new NativePublisher(this.#bridge, state, namespace) : undefined;
  }
}

function bridgeOf(path: string): Promise<Bridge> {
  let opening = bridges.get(path);
  if (opening === undefined) {
    opening = openBridge(path);
    bridges.set(path, opening);
    // A permission or a file that is missing now can be there for the next client.
    opening.catch(() => bridges.delete(path));
  }
  return opening;
}

async function openBridge(path: string): Promise<Bridge> {
  const ffi = await loadFfi();
  const library: Library<NativeSymbols> = await ffi.open(path, symbols).catch(async (error) => {
    // Another version may lack functions. Only then is it asked with a table of one: opening a library takes milliseconds.
    checkVersion(path, await ffi.open(path, { flipt_ffi_abi_version: symbols.flipt_ffi_abi_version }));
    throw error;
  });
  checkVersion(path, library);
  return new Bridge(library);
}

/** So that a library of another version is told from one that is none of ours. */
function checkVersion(path: string, { call }: Library<Pick<NativeSymbols, "flipt_ffi_abi_version">>): void {
  const version = call.flipt_ffi_abi_version();
  if (version === ABI_VERSION) return;
  throw new EngineError(
    `the native library ${path} speaks ABI version ${version}, this package version ${ABI_VERSION}: ` +
      `use the library that belongs to this version of the package`,
  );
}
