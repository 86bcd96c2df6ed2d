// Deno's FFI as an `Ffi`. The symbols are Deno's own functions, so that V8's fast calls stay.

import { EngineError } from "../core/errors.ts";
import { cannotOpen, missingFunction, nullPointer } from "./failures.ts";
import type { Ffi, Library, SymbolTable } from "./library.ts";

const OFF_THREAD = " off thread";
const LENGTH_OF_TEXT = " strlen";
const COPY = " memcpy";

type NonBlocking = (...parameters: unknown[]) => Promise<unknown>;

/**
 * Deno's own FFI.
 * @param deno `globalThis.Deno`.
 * @throws {EngineError} (rejects) when this Deno has none, or it is denied for every file.
 */
export async function denoFfi(deno: typeof Deno): Promise<Ffi> {
  // Deno Deploy has the global, but neither FFI nor permissions.
  if (typeof deno.dlopen !== "function") throw new EngineError("this Deno has no FFI");
  const { state } = await deno.permissions.query({ name: "ffi" });
  // "prompt" is no answer yet: a grant for one file shows only when that file is asked for.
  if (state === "denied") throw withoutPermission();
  return { name: "Deno.dlopen", open: (path, symbols) => open(deno, path, symbols) };
}

async function open<const S extends SymbolTable>(
  deno: typeof Deno,
  path: string,
  symbols: S,
): Promise<Library<S>> {
  const { state } = await deno.permissions.query({ name: "ffi", path });
  if (state !== "granted") throw withoutPermission(path);

  const definitions: Record<string, Deno.ForeignFunction> = {};
  for (const [name, { parameters, result }] of Object.entries(symbols)) {
    // An optional symbol comes back as null, which tells a missing one from a file that does not open.
    definitions[name] = { parameters, result, optional: true };
    definitions[name + OFF_THREAD] = { name, parameters, result, optional: true, nonblocking: true };
  }
  definitions[LENGTH_OF_TEXT] = { name: "strlen", parameters: ["u64"], result: "u64", optional: true };
  definitions[COPY] = {
    name: "memcpy",
    parameters: ["buffer", "u64", "u64"],
    result: "void",
    optional: true,
  };
  const library = dlopen(deno, path, definitions);
  const call: Record<string, unknown> = {};
  const callOffThread: Record<string, unknown> = {};
  for (const name of Object.keys(symbols)) {
    if (library.symbols[name] === null) {
      library.close();
      throw missingFunction(path, name);
    }
    call[name] = library.symbols[name];
    callOffThread[name] = offThread(library.symbols[name + OFF_THREAD] as NonBlocking, symbols[name]?.result);
  }

  const mayRead = await mayReadMemory(deno);
  let isOpen = true;
  return {
    path,
    call: call as Library<S>["call"],
    callOffThread: callOffThread as Library<S>["callOffThread"],
    view(address: bigint, byteLength: number): Uint8Array<ArrayBuffer> {
      if (!mayRead) throw withoutMemory(path);
      return new Uint8Array(
        deno.UnsafePointerView.getArrayBuffer(pointer(deno, address), byteLength),
      );
    },
    text(address: bigint): string {
      return mayRead
        ? deno.UnsafePointerView.getCString(pointer(deno, address))
        : copyText(library.symbols, path, address);
    },
    close(): void {
      if (isOpen) library.close();
      isOpen = false;
    },
  };
}

/** Deno gives null for a void result that comes from another thread. */
function offThread(native: NonBlocking, result: string | undefined): NonBlocking {
  if (result !== "void") return native;
  return (...parameters) => native(...parameters).then(() => undefined);
}

function dlopen(
  deno: typeof Deno,
  path: string,
  definitions: Record<string, Deno.ForeignFunction>,
): Deno.DynamicLibrary<Record<string, Deno.ForeignFunction>> {
  try {
    return deno.dlopen(path, definitions);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

/** Reading native memory takes the permission for every file: a grant for one file is for calling its functions. */
async function mayReadMemory(deno: typeof Deno): Promise<boolean> {
  const { state } = await deno.permissions.query({ name: "ffi" });
  return state === "granted";
}

/** Copies a text by functions of the C library, which is found through the library wherever that is linked to it. */
function copyText(symbols: Readonly<Record<string, unknown>>, path: string, address: bigint): string {
  const lengthOf = symbols[LENGTH_OF_TEXT] as ((text: bigint) => bigint) | null;
  const copy = symbols[COPY] as ((to: Uint8Array, from: bigint, length: bigint) => void) | null;
  if (lengthOf === null || copy === null) throw withoutMemory(path);
  if (address === 0n) throw nullPointer();
  const length = lengthOf(address);
  const bytes = new Uint8Array(Number(length));
  if (length > 0n) copy(bytes, address, length);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function withoutMemory(path: string): EngineError {
  return new EngineError(
    `Deno does not allow reading the memory of ${path} with a permission for that file only: add --allow-ffi without a path`,
  );
}

function pointer(deno: typeof Deno, address: bigint): NonNullable<Deno.PointerValue> {
  const value = deno.UnsafePointer.create(address);
  if (value === null) throw nullPointer();
  return value;
}

function withoutPermission(path?: string): EngineError {
  const what = path === undefined ? "" : ` for ${path}`;
  return new EngineError(`Deno runs without FFI permission${what}: add --allow-ffi`);
}
