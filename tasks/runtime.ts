// Names the runtime that a task runs on.

import process from "node:process";

/** The runtime and its version, such as `Deno 2.9.6`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  if (bun !== undefined) return `Bun ${bun}`;
  return `Node ${node}`;
}
