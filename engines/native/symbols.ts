// The native surface, whole: the functions of the crate's `abi.rs`, and the codes that they answer with.

import type { SymbolTable } from "../../ffi/library.ts";

/** The version of the ABI that this binding speaks. */
export const ABI_VERSION = 1;

/** Every function of the ABI; an answer of `Code.first` or above is one of `Code`. */
export const symbols = {
  flipt_ffi_abi_version: { parameters: [], result: "u32" },
  flipt_ffi_buffer: { parameters: [], result: "u64" },
  flipt_ffi_buffer_length: { parameters: [], result: "u32" },
  flipt_ffi_load_begin: {
    parameters: [/* uint32_t format */ "u32", /* uint32_t namespace_length */ "u32"],
    result: "u32",
  },
  flipt_ffi_load_write: {
    parameters: [/* uint32_t loader */ "u32", /* uint32_t length */ "u32"],
    result: "u32",
  },
  flipt_ffi_load_finish: { parameters: [/* uint32_t loader */ "u32"], result: "u32" },
  flipt_ffi_load_take: { parameters: [/* uint32_t loader */ "u32"], result: "u32" },
  flipt_ffi_load_abort: { parameters: [/* uint32_t loader */ "u32"], result: "u32" },
  flipt_ffi_channel_open: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_channel_publish: {
    parameters: [/* uint32_t channel */ "u32", /* uint32_t state */ "u32"],
    result: "u32",
  },
  flipt_ffi_channel_close: { parameters: [/* uint32_t channel */ "u32"], result: "u32" },
  flipt_ffi_channel_follow: { parameters: [/* uint32_t channel */ "u32"], result: "u32" },
  // The state's number is in the buffer, for the reason given at flipt_ffi_evaluate.
  flipt_ffi_state_check: { parameters: [], result: "u32" },
  flipt_ffi_state_release: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_state_describe: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_state_flags: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_state_snapshot: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_state_changed: {
    parameters: [/* uint32_t state */ "u32", /* uint32_t previous */ "u32"],
    result: "u32",
  },
  flipt_ffi_flag_find: {
    parameters: [/* uint32_t state */ "u32", /* uint32_t key_length */ "u32"],
    result: "u32",
  },
  flipt_ffi_flag_find_staged: { parameters: [/* uint32_t state */ "u32"], result: "u32" },
  flipt_ffi_flag_fits: {
    parameters: [
      /* uint32_t state */ "u32",
      /* uint32_t flag */ "u32",
      /* uint32_t max_constraints */ "u32",
      /* uint32_t max_bytes */ "u32",
    ],
    result: "u32",
  },
  flipt_ffi_flag_describe: {
    parameters: [/* uint32_t state */ "u32", /* uint32_t flag */ "u32"],
    result: "u32",
  },
  flipt_ffi_flag_definition: {
    parameters: [/* uint32_t state */ "u32", /* uint32_t flag */ "u32"],
    result: "u32",
  },
  flipt_ffi_now: { parameters: [], result: "u32" },
  // No parameters: the request in the buffer says which flag of which state. On Node that is five times as fast.
  flipt_ffi_evaluate: { parameters: [], result: "u32" },
  flipt_ffi_evaluate_staged: { parameters: [], result: "u32" },
  flipt_ffi_matched: { parameters: [/* uint32_t segments */ "u32"], result: "u32" },
  flipt_ffi_stage: { parameters: [/* uint32_t length */ "u32"], result: "u32" },
  flipt_ffi_unstage: { parameters: [], result: "u32" },
  flipt_ffi_outbox_next: { parameters: [], result: "u32" },
  flipt_ffi_count: { parameters: [/* uint32_t what */ "u32"], result: "u32" },
} as const satisfies SymbolTable;

/** The type of the table, for typed calls. */
export type NativeSymbols = typeof symbols;

/** What a call answers with when it has no result; the same as in the crate's `code.rs`. */
export const Code = {
  /** Every code is this or above. */
  first: 0xFFFF_FF00,
  /** The flag key is not in the state. */
  notFound: 0xFFFF_FF01,
  /** The compilation is not finished yet. */
  pending: 0xFFFF_FF02,
  /** The document was refused; the outbox holds why. */
  invalidDocument: 0xFFFF_FF03,
  /** The state follows a channel that has a newer one, or is closed. */
  outdated: 0xFFFF_FF04,
  /** The handle is stale or was never given out on this thread. */
  badHandle: 0xFFFF_FF10,
  /** A length or index is beyond what it counts, or the buffer holds no request of this form. */
  badRequest: 0xFFFF_FF11,
  /** The call does not fit the state of its handle. */
  badOrder: 0xFFFF_FF12,
  /** Bytes that must be UTF-8 are not. */
  badUtf8: 0xFFFF_FF13,
  /** No memory, no thread or no handle is left. */
  exhausted: 0xFFFF_FF14,
  /** A panic was caught inside the library. */
  panic: 0xFFFF_FF15,
} as const;

/** What the bytes of a load are. */
export const Format = { document: 0, snapshot: 1 } as const;

/** What `flipt_ffi_count` counts. */
export const Count = { states: 0, loaders: 1, channels: 2, busyWorkers: 3 } as const;

const MEANINGS: Readonly<Record<number, string>> = {
  [Code.notFound]: "not found",
  [Code.pending]: "not finished",
  [Code.invalidDocument]: "invalid document",
  [Code.outdated]: "outdated",
  [Code.badHandle]: "bad handle",
  [Code.badRequest]: "bad request",
  [Code.badOrder]: "call out of order",
  [Code.badUtf8]: "bytes that are not UTF-8",
  [Code.exhausted]: "out of memory, threads or handles",
  [Code.panic]: "a panic inside the engine",
};

/** What a code means, for a message. */
export function meaning(code: number): string {
  return MEANINGS[code] ?? `code ${code}`;
}
