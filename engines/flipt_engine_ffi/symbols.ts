// The functions of the reference library that are used. It also has each with the suffix _ffi; these names are the ones
// that all of its published versions have.

import type { SymbolTable } from "../../ffi/library.ts";

/** The symbols, with their C declarations. A `char *` that is given back belongs to `destroy_string`. */
export const symbols = {
  initialize_engine: {
    parameters: [
      "buffer", // const char *opts
    ],
    result: "u64", // void *
  },
  evaluate_variant: {
    parameters: [
      "u64", // void *engine_ptr
      "buffer", // const char *evaluation_request
    ],
    result: "u64", // const char *
  },
  evaluate_boolean: {
    parameters: [
      "u64", // void *engine_ptr
      "buffer", // const char *evaluation_request
    ],
    result: "u64", // const char *
  },
  list_flags: {
    parameters: [
      "u64", // void *engine_ptr
    ],
    result: "u64", // const char *
  },
  get_snapshot: {
    parameters: [
      "u64", // void *engine_ptr
    ],
    result: "u64", // const char *
  },
  destroy_engine: {
    parameters: [
      "u64", // void *engine_ptr
    ],
    result: "void",
  },
  destroy_string: {
    parameters: [
      "u64", // char *ptr
    ],
    result: "void",
  },
} as const satisfies SymbolTable;

/** The type of the table. */
export type ReferenceSymbols = typeof symbols;
