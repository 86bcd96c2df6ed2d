// Node's own FFI as an `Ffi`.

import { EngineError } from "../core/errors.ts";
import { cannotOpen, missingFunction, nullPointer } from "./failures.ts";
import type { Ffi, Library, SymbolTable } from "./library.ts";
import type { NodeProcess } from "./runtime.ts";

interface NodeLibrary {
  getFunction(
    name: string,
    signature: { readonly arguments: readonly string[]; readonly return: string },
  ): NativeFunction;
  close(): void;
}

interface NodeFfi {
  readonly DynamicLibrary: new (path: string) => NodeLibrary;
  toArrayBuffer(pointer: bigint, length: number, copy: boolean): ArrayBuffer;
  toString(pointer: bigint): string | null;
  getRawPointer(source: unknown): bigint;
}

type NativeFunction = (...parameters: unknown[]) => unknown;

/**
 * Node's own FFI.
 * @returns `undefined` when this Node has none.
 * @throws {EngineError} when Node's permission model keeps it from being used.
 */
export function nodeFfi(process: NodeProcess): Ffi | undefined {
  const node = loadModule(process);
  if (node === undefined) return undefined;
  if (process.permission?.has("ffi") === false) {
    throw new EngineError("Node runs with --permission and without FFI: add --allow-ffi");
  }
  return {
    name: "node:ffi",
    open: (path, symbols) => Promise.resolve().then(() => open(node, path, symbols)),
  };
}

/**
 * Loads `node:ffi` without its ExperimentalWarning, which would name nothing that the user wrote. Node emits it while
 * it loads, so nobody else's warning can come in between.
 */
function loadModule(process: NodeProcess): NodeFfi | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = (...parameters) => {
    if (parameters[1] !== "ExperimentalWarning") Reflect.apply(emitWarning, process, parameters);
  };
  try {
    return process.getBuiltinModule?.("node:ffi") as NodeFfi | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function open<const S extends SymbolTable>(node: NodeFfi, path: string, symbols: S): Library<S> {
  const library = dlopen(node, path);
  const call: Record<string, unknown> = {};
  for (const [name, { parameters, result }] of Object.entries(symbols)) {
    try {
      const types = parameters.map((type) => type === "buffer" ? "u64" : type);
      const native = library.getFunction(name, { arguments: types, return: result });
      call[name] = parameters.includes("buffer") ? withAddresses(node, native, parameters) : native;
    } catch (cause) {
      library.close();
      throw missingFunction(path, name, cause);
    }
  }
  return {
    path,
    call: call as Library<S>["call"],
    callOffThread: undefined,
    view(address: bigint, byteLength: number): Uint8Array<ArrayBuffer> {
      if (address === 0n) throw nullPointer();
      return new Uint8Array(node.toArrayBuffer(address, byteLength, false));
    },
    text(address: bigint): string {
      const text = node.toString(address);
      if (text === null) throw nullPointer();
      return text;
    },
    close: () => library.close(),
  };
}

/**
 * Passes the addresses of buffers. Node 26.10 never gives back what it allocates for a buffer that is passed itself,
 * which also makes each later garbage collection slower.
 */
function withAddresses(node: NodeFfi, native: NativeFunction, parameters: readonly string[]): NativeFunction {
  const buffers = parameters.flatMap((type, index) => type === "buffer" ? [index] : []);
  return (...values) => {
    for (const index of buffers) values[index] = node.getRawPointer(values[index]);
    return native(...values);
  };
}

function dlopen(node: NodeFfi, path: string): NodeLibrary {
  try {
    return new node.DynamicLibrary(path);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}
