// What a package says of the native libraries that come with it, and which of them is for a platform.

import type { Platform } from "../../ffi/platform.ts";

/** The library of one target. */
export interface LibraryEntry {
  /** The Rust target it is built for, such as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
  /** The name of its file. */
  readonly file: string;
  /** How many bytes the file has. */
  readonly size: number;
  /** The SHA-256 of the file, as lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** All libraries of one build. */
export interface Manifest {
  /** The version of the ABI that they speak. */
  readonly abiVersion: number;
  /** The version of the package that they belong to. */
  readonly version: string;
  /** One a target. */
  readonly libraries: readonly LibraryEntry[];
}

/** Loads the module that holds a library as text. */
export type LibraryModule = () => Promise<{
  /** The file as base64. */
  readonly library: string;
}>;

/** The libraries that come with a package, and where they are: files in a folder, or modules. */
export interface Packaged {
  /** What there is. */
  readonly manifest: Manifest;
  /** The `file:` URL, with a `/` at its end, of the folder that holds the files. */
  readonly folder?: string;
  /** What the package is called whose subpath `native/` is that folder, to be looked for from a bundle. */
  readonly package?: string;
  /** What makes the tool that has bundled the package take the files along, where it can be told which one that is. */
  readonly advice?: string;
  /** The modules that hold the files, by target. Each is loaded only when it is called for. */
  readonly modules?: Readonly<Record<string, LibraryModule>>;
}

/** The targets by operating system, architecture and C library: what libraries are built for, in one place. */
const TARGETS: Readonly<Record<string, string>> = {
  "linux x86_64 gnu": "x86_64-unknown-linux-gnu",
  "linux aarch64 gnu": "aarch64-unknown-linux-gnu",
  "linux x86_64 musl": "x86_64-unknown-linux-musl",
  "linux aarch64 musl": "aarch64-unknown-linux-musl",
  "darwin x86_64": "x86_64-apple-darwin",
  "darwin aarch64": "aarch64-apple-darwin",
  "windows x86_64": "x86_64-pc-windows-gnu",
};

/** Every target that libraries are built for. */
export const targets: readonly string[] = Object.values(TARGETS);

/** A platform in words: `linux x86_64 gnu`, `darwin aarch64`. */
export function platformName({ operatingSystem, architecture, libc }: Platform): string {
  return [operatingSystem, architecture, libc].filter((word) => word !== "").join(" ") || "this runtime";
}

/**
 * Finds the target of a platform.
 * @returns its Rust name; `undefined` where no library is built for it.
 */
export function targetOf(platform: Platform): string | undefined {
  return TARGETS[platformName(platform)];
}

/**
 * Finds the library for a platform.
 * @returns what the manifest says of it; `undefined` when there is none.
 */
export function libraryFor(manifest: Manifest, platform: Platform): LibraryEntry | undefined {
  const target = targetOf(platform);
  return target === undefined ? undefined : manifest.libraries.find((entry) => entry.target === target);
}
