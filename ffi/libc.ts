// Which C library a Linux process runs with, told without starting a program and without a prompt.

import type { NodeProcess } from "./runtime.ts";

/** A C library as Rust names it; `""` where it makes no difference to a library: not on Linux. */
export type Libc = "gnu" | "musl" | "";

/** Where Linux shows a process its own executable, and how much of that says by whom it is loaded. */
const OWN_EXECUTABLE = "/proc/self/exe";
const HEAD_LENGTH = 4096;

/** What the loaders of the two are called, whatever the folder and the processor. */
const LOADERS: readonly (readonly [string, Libc])[] = [["/ld-musl-", "musl"], ["/ld-linux-", "gnu"]];

/** The C library that a Deno was built for. */
export function libcOfDeno(build: { readonly target?: string } | undefined): Libc {
  return build?.target?.includes("musl") ? "musl" : "gnu";
}

/**
 * The C library of a Node or Bun on Linux: by the loader that its executable names, else by its report. glibc where
 * neither is available, as a library for the wrong one fails to open and does no harm.
 */
export function libcOfNode(process: NodeProcess | undefined): Libc {
  if (process === undefined) return "gnu";
  return libcOfExecutable(process) ?? libcOfReport(process) ?? "gnu";
}

function libcOfExecutable(process: NodeProcess): Libc | undefined {
  const head = headOfExecutable(process);
  return LOADERS.find(([loader]) => head.includes(loader))?.[1];
}

function headOfExecutable(process: NodeProcess): string {
  const fs = process.getBuiltinModule?.("node:fs") as typeof import("node:fs") | undefined;
  if (fs === undefined) return "";
  try {
    const file = fs.openSync(OWN_EXECUTABLE, "r");
    try {
      const head = new Uint8Array(HEAD_LENGTH);
      const length = fs.readSync(file, head, 0, HEAD_LENGTH, 0);
      return String.fromCharCode(...head.subarray(0, length));
    } finally {
      fs.closeSync(file);
    }
  } catch {
    // No /proc, or Node runs with --permission and may not read it.
    return "";
  }
}

/** Second, as it takes milliseconds and stops every Worker for a moment. */
function libcOfReport({ report }: NodeProcess): Libc | undefined {
  if (typeof report?.getReport !== "function") return undefined;
  const { excludeNetwork } = report;
  try {
    // Or it looks up the name of each peer that the process is connected to.
    report.excludeNetwork = true;
    const header = report.getReport().header;
    if (header === undefined) return undefined;
    return header.glibcVersionRuntime === undefined ? "musl" : "gnu";
  } catch {
    return undefined;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
