// koffi as an `Ffi`, for a Node without FFI of its own. It is the user's to install.

import { EngineError, errorText } from "../core/errors.ts";
import { cannotOpen, missingFunction, nullPointer } from "./failures.ts";
import { importUnbundled } from "./import_unbundled.ts";
import { withRequire } from "./installed_package.ts";
import type { Ffi, Library, SymbolDefinition, SymbolTable } from "./library.ts";

type KoffiFunction = ((...parameters: unknown[]) => unknown) & {
  async(...parametersAndCallback: unknown[]): void;
};

interface KoffiLibrary {
  func(name: string, result: string, parameters: readonly string[]): KoffiFunction;
  unload(): void;
}

interface Koffi {
  load(path: string): KoffiLibrary;
  view(address: bigint, byteLength: number): ArrayBuffer;
  readonly decode: { string(address: bigint): string | null };
}

const TYPES = { void: "void", u32: "uint32_t", u64: "uint64_t", buffer: "uint8_t *" } as const;

/**
 * koffi's FFI.
 * @throws {EngineError} (rejects) when koffi is not installed or does not load here.
 */
export async function koffiFfi(): Promise<Ffi> {
  const koffi = await loadModule();
  return { name: "koffi", open: (path, symbols) => Promise.resolve().then(() => open(koffi, path, symbols)) };
}

async function loadModule(): Promise<Koffi> {
  const name = "koffi";
  try {
    const module = withRequire(import.meta.url, (require) => require(name)) ?? await importUnbundled(name);
    return (module as { default?: Koffi }).default ?? module as Koffi;
  } catch (cause) {
    // What follows is a list of the modules that led there.
    const [reason] = errorText(cause).split("\n");
    throw new EngineError(`koffi cannot be loaded: npm install koffi (${reason})`, { cause });
  }
}

function open<const S extends SymbolTable>(koffi: Koffi, path: string, symbols: S): Library<S> {
  const library = load(koffi, path);
  const call: Record<string, unknown> = {};
  const callOffThread: Record<string, unknown> = {};
  for (const [name, { parameters, result }] of Object.entries(symbols)) {
    try {
      const native = library.func(name, TYPES[result], parameters.map((type) => TYPES[type]));
      call[name] = result === "u64" ? (...values: unknown[]) => toU64(native(...values)) : native;
      callOffThread[name] = offThread(native, result);
    } catch (cause) {
      library.unload();
      throw missingFunction(path, name, cause);
    }
  }

  let isOpen = true;
  return {
    path,
    call: call as Library<S>["call"],
    callOffThread: callOffThread as Library<S>["callOffThread"],
    view(address: bigint, byteLength: number): Uint8Array<ArrayBuffer> {
      if (address === 0n) throw nullPointer();
      return new Uint8Array(koffi.view(address, byteLength));
    },
    text(address: bigint): string {
      const text = koffi.decode.string(address);
      if (text === null) throw nullPointer();
      return text;
    },
    close(): void {
      if (isOpen) library.unload();
      isOpen = false;
    },
  };
}

/** koffi gives a u64 as a number where it fits into one. */
function toU64(value: unknown): bigint {
  return BigInt(value as number | bigint);
}

function offThread(
  native: KoffiFunction,
  result: SymbolDefinition["result"],
): (...values: unknown[]) => Promise<unknown> {
  return (...values) =>
    new Promise((resolve, reject) => {
      native.async(...values, (error: unknown, value: unknown) => {
        if (error) reject(error);
        else resolve(result === "u64" ? toU64(value) : value);
      });
    });
}

function load(koffi: Koffi, path: string): KoffiLibrary {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}
