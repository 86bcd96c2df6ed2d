// Which platform this is, in the words of a Rust target, as plain data.

import { denoGlobal, nodeProcess } from "./runtime.ts";

/** The platform that this process runs on. */
export interface Platform {
  /** `linux`, `darwin`, `windows`, or the runtime's own word for another one; `""` where it tells nothing. */
  readonly operatingSystem: string;
  /** `x86_64`, `aarch64`, or the runtime's own word for another one; `""` where it tells nothing. */
  readonly architecture: string;
  /** What a library's file name starts with: `lib`, on Windows nothing. */
  readonly libraryPrefix: string;
  /** What a library's file name ends with: `.so`, `.dylib` or `.dll`. */
  readonly librarySuffix: string;
}

const OPERATING_SYSTEMS: Readonly<Record<string, string>> = { win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
const SUFFIXES: Readonly<Record<string, string>> = { darwin: ".dylib", windows: ".dll" };

/**
 * Tells the platform of this process. Needs no permission.
 * @returns the same values on Deno, Bun and Node.
 */
export function currentPlatform(): Platform {
  const deno = denoGlobal();
  const process = nodeProcess();
  const system = deno?.build?.os ?? process?.platform ?? "";
  const machine = deno?.build?.arch ?? process?.arch ?? "";
  const operatingSystem = OPERATING_SYSTEMS[system] ?? system;
  return {
    operatingSystem,
    architecture: ARCHITECTURES[machine] ?? machine,
    libraryPrefix: operatingSystem === "windows" ? "" : "lib",
    librarySuffix: SUFFIXES[operatingSystem] ?? ".so",
  };
}
