// What every adapter gives: a native library as typed functions. Addresses are bigints everywhere, so that they can be
// posted to a Worker and compared with 0n; nothing outside ffi/ knows a runtime's own pointer.

/** A C type of a parameter or a result. `buffer` (parameters only) passes the address of a Uint8Array's bytes. */
export type NativeType = "void" | "u32" | "u64" | "buffer";

/** One function of a library. */
export interface SymbolDefinition {
  /** The types of the parameters, in order. */
  readonly parameters: readonly Exclude<NativeType, "void">[];
  /** The type of the result. */
  readonly result: Exclude<NativeType, "buffer">;
}

/** The functions of a library, by name. */
export type SymbolTable = Readonly<Record<string, SymbolDefinition>>;

type ValueOf<T extends NativeType> = T extends "u32" ? number
  : T extends "u64" ? bigint
  : T extends "buffer" ? Uint8Array
  : undefined;

type ParametersOf<P extends readonly NativeType[]> = { -readonly [I in keyof P]: ValueOf<P[I]> };

/** The function that a definition describes: u32 is a number, u64 a bigint. */
export type NativeFunction<D extends SymbolDefinition> = (
  ...parameters: ParametersOf<D["parameters"]>
) => D["result"] extends "void" ? void : ValueOf<D["result"]>;

/** An open library. */
export interface Library<S extends SymbolTable> {
  /** The file it was opened from. */
  readonly path: string;
  /** Calls on the calling thread. */
  readonly call: { readonly [K in keyof S]: NativeFunction<S[K]> };
  /**
   * Calls on another thread, so that the event loop goes on; `undefined` where the runtime has no such call (Bun and
   * `node:ffi`: use a Worker). The caller keeps every buffer unchanged until the promise settles.
   */
  readonly callOffThread:
    | {
      readonly [K in keyof S]: (
        ...parameters: Parameters<NativeFunction<S[K]>>
      ) => Promise<ReturnType<NativeFunction<S[K]>>>;
    }
    | undefined;
  /** Native memory as bytes, without a copy; it must stay allocated as long as the view is used. */
  view(address: bigint, byteLength: number): Uint8Array<ArrayBuffer>;
  /** The UTF-8 text up to the NUL at `address`. */
  text(address: bigint): string;
  /** Unloads the library. Only for one without threads of its own. */
  close(): void;
}

/** A way to load libraries: the runtime's own FFI, or koffi. */
export interface Ffi {
  /** Which one, as a user knows it. */
  readonly name: "Deno.dlopen" | "bun:ffi" | "node:ffi" | "koffi";
  /**
   * Opens a library. Never prompts for a permission.
   * @throws {EngineError} (rejects) when the permission is missing, the file cannot be loaded or lacks a symbol;
   * the message says which and what to do.
   */
  open<const S extends SymbolTable>(path: string, symbols: S): Promise<Library<S>>;
}
