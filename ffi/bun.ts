// Bun's FFI as an `Ffi`. Addresses travel as u64, which are bigints, and not as Bun's pointers, which are numbers.

import { EngineError, isError } from "../core/errors.ts";
import { cannotOpen, missingFunction, nullPointer } from "./failures.ts";
import { importUnbundled } from "./import_unbundled.ts";
import type { Ffi, Library, SymbolTable } from "./library.ts";
import { nodeProcess } from "./runtime.ts";

interface BunLibrary {
  readonly symbols: Readonly<Record<string, unknown>>;
  close(): void;
}

interface BunFfi {
  dlopen(
    path: string,
    symbols: Record<string, { readonly args: readonly string[]; readonly returns: string }>,
  ): BunLibrary;
  toArrayBuffer(pointer: number, byteOffset: number, byteLength: number): ArrayBuffer;
  readonly CString: new (pointer: number) => { toString(): string };
}

/**
 * Bun's own FFI.
 * @throws {EngineError} (rejects) when this Bun has none.
 */
export async function bunFfi(): Promise<Ffi> {
  const bun = await loadModule();
  return { name: "bun:ffi", open: (path, symbols) => Promise.resolve().then(() => open(bun, path, symbols)) };
}

async function loadModule(): Promise<BunFfi> {
  const name = "bun:ffi";
  const module = nodeProcess()?.getBuiltinModule?.(name);
  if (module !== undefined) return module as BunFfi;
  try {
    return await importUnbundled(name) as BunFfi;
  } catch (cause) {
    throw new EngineError("this Bun has no bun:ffi", { cause });
  }
}

function open<const S extends SymbolTable>(bun: BunFfi, path: string, symbols: S): Library<S> {
  const definitions = Object.fromEntries(
    Object.entries(symbols).map((
      [name, { parameters, result }],
    ) => [name, { args: parameters, returns: result }]),
  );
  const library = dlopen(bun, path, definitions);
  const call: Record<string, unknown> = {};
  for (const name of Object.keys(symbols)) call[name] = library.symbols[name];

  let isOpen = true;
  return {
    path,
    call: call as Library<S>["call"],
    callOffThread: undefined,
    view(address: bigint, byteLength: number): Uint8Array<ArrayBuffer> {
      if (address === 0n) throw nullPointer();
      // Bun refuses a view of no bytes.
      if (byteLength === 0) return new Uint8Array(0);
      return new Uint8Array(bun.toArrayBuffer(Number(address), 0, byteLength));
    },
    text(address: bigint): string {
      if (address === 0n) throw nullPointer();
      return new bun.CString(Number(address)).toString();
    },
    close(): void {
      if (isOpen) library.close();
      isOpen = false;
    },
  };
}

function dlopen(bun: BunFfi, path: string, definitions: Parameters<BunFfi["dlopen"]>[1]): BunLibrary {
  try {
    return bun.dlopen(path, definitions);
  } catch (cause) {
    const missing = isError(cause) ? /^Symbol "([^"]+)" not found/.exec(cause.message)?.[1] : undefined;
    throw missing === undefined ? cannotOpen(path, cause) : missingFunction(path, missing, cause);
  }
}
