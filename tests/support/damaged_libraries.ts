// Small libraries of each format, and what can be wrong with one: each is damaged in one place.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fileName } from "../../tasks/targets/library_files.ts";

/** The targets that there is a small library of. */
export const LINUX = "x86_64-unknown-linux-gnu";
export const MACOS = "x86_64-apple-darwin";
export const SIGNED_MACOS = "aarch64-apple-darwin";
export const WINDOWS = "x86_64-pc-windows-gnu";

/** The small library of a target, of one function. */
export function smallLibrary(target: string): Buffer {
  const url = new URL(`../fixtures/targets/${fileName(target)}.gz`, import.meta.url);
  return gunzipSync(readFileSync(url));
}

/** Puts a text in the place of another of the same length, everywhere. */
function replace(bytes: Buffer, from: string, to: string): void {
  assert.equal(from.length, to.length);
  assert.ok(bytes.includes(from, 0, "latin1"), `there is no ${from}`);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, "latin1");
}

/** Where the one place with these bytes, given in hexadecimal, is. */
function find(bytes: Buffer, pattern: string): number {
  const at = bytes.indexOf(pattern, 0, "hex");
  assert.ok(at >= 0 && bytes.indexOf(pattern, at + 1, "hex") < 0, `there is not one ${pattern}`);
  return at;
}

/** Of a symbol: global, a function, visible, in section 11. */
const ABI_VERSION_SYMBOL = "12000b00";
const SHT_SYMTAB = 2;
const GNU_STACK = "51e57464";
const LC_SYMTAB = "0200000018000000";
const LC_CODE_SIGNATURE = "1d00000010000000";
const LC_SOURCE_VERSION = 0x2a;
const LC_VERSION_MIN_MACOSX = "2400000010000000";
const SIGNATURE = "fade0cc0";
const CODE_DIRECTORY = "fade0c02";

/** A macOS library without its end, the signature; the command that names it is another of the same length. */
function withoutSignature(bytes: Buffer): Buffer {
  const command = find(bytes, LC_CODE_SIGNATURE);
  const end = bytes.readUInt32LE(command + 8);
  bytes.writeUInt8(LC_SOURCE_VERSION, command);
  const name = bytes.indexOf("__LINKEDIT");
  bytes.writeBigUInt64LE(BigInt(end) - bytes.readBigUInt64LE(name + 32), name + 40);
  return bytes.subarray(0, end);
}

/** The header of a Windows library, behind its `PE\0\0`. */
const PE_HEADER = 0x84;
const PE_DIRECTORIES = PE_HEADER + 20 + 112;
const [IMPORT_TABLE, DEBUG_INFORMATION, IMPORT_ADDRESSES] = [1, 6, 12];

/** What is done to the small library of a target, and what is then wrong with it, too. */
export interface Damage {
  readonly target: string;
  readonly title: string;
  readonly damage: (bytes: Buffer) => Buffer | void;
  readonly problem: string | RegExp;
}

const CUT =
  /^(Section header table .* is beyond file size|__LINKEDIT segment does not wrap the end.*|File is cut)$/;

/** At least one for each thing that is checked. */
export const DAMAGES: readonly Damage[] = [
  ...[LINUX, MACOS, WINDOWS].map((target) => ({
    target,
    title: "exports another function",
    damage: (bytes: Buffer) => replace(bytes, "flipt_ffi_abi_version", "flipt_ffi_abi_persion"),
    problem: /^it does not export flipt_ffi_abi_version.*; it exports flipt_ffi_abi_persion, too$/,
  })),
  ...[LINUX, MACOS, SIGNED_MACOS, WINDOWS].flatMap((target) => [
    { target, title: "lacks its last byte", damage: (bytes: Buffer) => bytes.subarray(0, -1), problem: CUT },
    {
      target,
      title: "is cut in half",
      damage: (bytes: Buffer) => bytes.subarray(0, bytes.length / 2),
      problem: CUT,
    },
  ]),
  {
    target: LINUX,
    title: "is for another processor",
    damage: (bytes) => void bytes.writeUInt16LE(183, 18),
    problem: "it is for aarch64",
  },
  {
    target: LINUX,
    title: "is an object of 32 bits",
    damage: (bytes) => void bytes.writeUInt8(1, 4),
    problem: "not of 64 bits, little-endian",
  },
  {
    target: LINUX,
    title: "is big-endian",
    damage: (bytes) => void bytes.writeUInt8(2, 5),
    problem: "not of 64 bits, little-endian",
  },
  {
    target: LINUX,
    title: "has its function for itself",
    damage: (bytes) => void bytes.writeUInt8(0x02, find(bytes, ABI_VERSION_SYMBOL)),
    problem: /^it does not export flipt_ffi_abi_version, [^;]*$/,
  },
  {
    target: LINUX,
    title: "has symbols left",
    damage: (bytes) => {
      const sections = Number(bytes.readBigUInt64LE(40));
      // The last but one, which has the name of the compiler.
      const section = sections + 64 * (bytes.readUInt16LE(60) - 2);
      bytes.writeUInt32LE(SHT_SYMTAB, section + 4);
      // One symbol, with its name in the last section.
      bytes.writeBigUInt64LE(24n, section + 32);
      bytes.writeUInt32LE(bytes.readUInt16LE(60) - 1, section + 40);
      bytes.writeBigUInt64LE(24n, section + 56);
    },
    problem: "it is not stripped",
  },
  {
    target: LINUX,
    title: "has headers of another size",
    damage: (bytes) => void bytes.writeUInt16LE(64, 54),
    problem: "its headers have a size of their own",
  },
  {
    target: LINUX,
    title: "is a program",
    damage: (bytes) => void bytes.writeUInt16LE(2, 16),
    problem: "it is a program",
  },
  {
    target: LINUX,
    title: "has an executable stack",
    damage: (bytes) => void bytes.writeUInt32LE(7, find(bytes, GNU_STACK) + 4),
    problem: "its stack is executable",
  },
  {
    target: LINUX,
    title: "does not say that its stack is not executable",
    damage: (bytes) => void bytes.writeUInt32LE(0, find(bytes, GNU_STACK)),
    problem: "its stack is executable",
  },
  {
    target: LINUX,
    title: "asks for a newer glibc",
    damage: (bytes) => replace(bytes, "GLIBC_2.2.5", "GLIBC_2.18\0"),
    problem: "it asks for glibc 2.18",
  },
  {
    target: LINUX,
    title: "asks for a version that has no name",
    damage: (bytes) => replace(bytes, "GLIBC_2.2.5", "\0LIBC_2.2.5"),
    problem: "a section or a version has no name",
  },
  {
    target: LINUX,
    title: "needs a library that is none of the system's",
    damage: (bytes) => replace(bytes, "libc.so.6", "libz.so.6"),
    problem: "it needs libz.so.6",
  },
  {
    target: LINUX,
    title: "has debug information",
    damage: (bytes) => replace(bytes, ".comment", ".debug_x"),
    problem: "it is not stripped",
  },
  {
    target: LINUX,
    title: "is too large",
    damage: (bytes) => Buffer.concat([bytes, Buffer.alloc(600_001 - bytes.length)]),
    problem: "it has 600001 bytes, more than 600000",
  },
  {
    target: LINUX,
    title: "names a path of the machine that built it",
    damage: (bytes) => Buffer.concat([bytes, Buffer.from("/usr/src/x\0")]),
    problem: "it names a path of the machine that built it: /usr/src/x",
  },
  {
    target: MACOS,
    title: "is a program",
    damage: (bytes) => void bytes.writeUInt32LE(2, 12),
    problem: "LC_ID_DYLIB command found in a non MH_DYLIB file",
  },
  {
    target: MACOS,
    title: "has a name that no program would look for",
    damage: (bytes) => replace(bytes, "@rpath/", "/rpath/"),
    problem: "its install name is /rpath/libflipt_ffi_engine.dylib",
  },
  {
    target: MACOS,
    title: "is for a newer macOS",
    damage: (bytes) => void bytes.writeUInt32LE(13 << 16, find(bytes, LC_VERSION_MIN_MACOSX) + 8),
    problem: "it needs macOS 13.0, not 10.12",
  },
  {
    target: MACOS,
    title: "needs a library that is none of the system's",
    damage: (bytes) => replace(bytes, "libSystem.B", "libSisters."),
    problem: "it needs /usr/lib/libSisters..dylib",
  },
  {
    target: MACOS,
    title: "cannot unwind",
    damage: (bytes) => replace(bytes, "__unwind_info", "__unwind_jnfo"),
    problem: "it has no unwind information: a panic would abort the process",
  },
  {
    target: MACOS,
    title: "has a function that dlsym does not find",
    // The first place is that of what is exported, the second the table of symbols.
    damage: (bytes) => void bytes.write("persion", bytes.indexOf("version\0")),
    problem: /^it does not export .*; it exports flipt_ffi_abi_persion, too; it is not stripped$/,
  },
  {
    target: MACOS,
    title: "has a symbol left that is private",
    damage: (bytes) => {
      const symbol = bytes.readUInt32LE(find(bytes, LC_SYMTAB) + 8);
      bytes.writeUInt8(bytes.readUInt8(symbol + 4) | 0x10, symbol + 4);
    },
    problem: "it is not stripped",
  },
  {
    target: SIGNED_MACOS,
    title: "is not signed",
    damage: withoutSignature,
    problem: "it is not signed, and macOS on arm64 loads nothing that is not",
  },
  {
    target: SIGNED_MACOS,
    title: "has something else in the place of the signature",
    damage: (bytes) => void bytes.writeUInt8(0, find(bytes, SIGNATURE)),
    problem: "no signature where there should be one",
  },
  {
    target: SIGNED_MACOS,
    title: "has a signature without hashes",
    damage: (bytes) => void bytes.writeUInt8(0, find(bytes, CODE_DIRECTORY)),
    problem: "the signature has no code directory",
  },
  {
    target: SIGNED_MACOS,
    title: "is not as it was signed",
    damage: (bytes) => void bytes.writeUInt8(1, 10_000),
    problem: "1 of 13 pages are not as signed",
  },
  {
    target: SIGNED_MACOS,
    title: "is signed with somebody's key",
    damage: (bytes) => void bytes.writeUInt32BE(0, find(bytes, CODE_DIRECTORY) + 12),
    problem: "its signature does not cover it",
  },
  {
    target: SIGNED_MACOS,
    title: "has a signature that ends before it",
    damage: (bytes) => {
      const limit = find(bytes, CODE_DIRECTORY) + 32;
      bytes.writeUInt32BE(bytes.readUInt32BE(limit) - 1, limit);
    },
    problem: "its signature does not cover it; 1 of 13 pages are not as signed",
  },
  {
    target: SIGNED_MACOS,
    title: "has a page that is not signed",
    damage: (bytes) => {
      const pages = find(bytes, CODE_DIRECTORY) + 28;
      bytes.writeUInt32BE(bytes.readUInt32BE(pages) - 1, pages);
    },
    problem: "its signature does not cover it",
  },
  {
    target: SIGNED_MACOS,
    title: "has hashes of another kind",
    damage: (bytes) => void bytes.writeUInt8(1, find(bytes, CODE_DIRECTORY) + 37),
    problem: "the pages are not hashed with SHA-256",
  },
  {
    target: WINDOWS,
    title: "is a program",
    damage: (bytes) => void bytes.writeUInt16LE(bytes.readUInt16LE(PE_HEADER + 18) & ~0x2000, PE_HEADER + 18),
    problem: "it is a program",
  },
  {
    target: WINDOWS,
    title: "is not of 64 bits",
    damage: (bytes) => void bytes.writeUInt16LE(0x20a, PE_HEADER + 20),
    problem: "not a PE file of 64 bits",
  },
  {
    target: WINDOWS,
    title: "has a table of what it needs that is nowhere",
    damage: (bytes) => void bytes.writeUInt32LE(0x900_000, PE_DIRECTORIES + IMPORT_TABLE * 8),
    problem: "Section not found for IMPORT_TABLE",
  },
  {
    target: WINDOWS,
    title: "has addresses of functions of no library",
    damage: (bytes) => {
      const size = PE_DIRECTORIES + IMPORT_ADDRESSES * 8 + 4;
      bytes.writeUInt32LE(bytes.readUInt32LE(size) + 8, size);
    },
    problem: "it needs a library that has no name",
  },
  {
    target: WINDOWS,
    title: "has debug information",
    damage: (bytes) => void bytes.writeUInt32LE(0x1000, PE_DIRECTORIES + DEBUG_INFORMATION * 8),
    problem: "it is not stripped",
  },
  {
    target: WINDOWS,
    title: "holds a time",
    damage: (bytes) => void bytes.writeUInt32LE(1_700_000_000, PE_HEADER + 4),
    problem: "it holds the time at which it was linked",
  },
  {
    target: WINDOWS,
    title: "has a place for symbols",
    damage: (bytes) => void bytes.writeUInt32LE(0x400, PE_HEADER + 8),
    problem: "Failed to parse COFF string table",
  },
  {
    target: WINDOWS,
    title: "has symbols left",
    damage: (bytes) => void bytes.writeUInt32LE(7, PE_HEADER + 12),
    problem: "it is not stripped",
  },
  {
    target: WINDOWS,
    title: "needs what Windows lacks",
    damage: (bytes) => replace(bytes, "msvcrt.dll", "libgcc.dll"),
    problem: "it needs libgcc.dll",
  },
];
