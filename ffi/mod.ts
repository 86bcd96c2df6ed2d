// Picks the FFI of the runtime that this is. Nothing outside ffi/ knows which runtimes there are.

import { EngineError } from "../core/errors.ts";
import { bunFfi } from "./bun.ts";
import { denoFfi } from "./deno.ts";
import { koffiFfi } from "./koffi.ts";
import type { Ffi } from "./library.ts";
import { nodeFfi } from "./node.ts";
import { denoGlobal, isBun, nodeProcess } from "./runtime.ts";

/**
 * Finds the FFI of this runtime: Deno's, Bun's, Node's own, or koffi on a Node without one. Never prompts.
 * @returns what opens libraries; on Deno the permission for a file is looked at when that file is opened.
 * @throws {EngineError} (rejects) when there is none; the message says why and what would change that.
 */
export async function loadFfi(): Promise<Ffi> {
  const deno = denoGlobal();
  if (deno !== undefined) return await denoFfi(deno);
  if (isBun()) return await bunFfi();
  const process = nodeProcess();
  if (process?.versions?.node === undefined) {
    throw new EngineError("this runtime has no FFI: Deno, Bun and Node have one");
  }
  return nodeFfi(process) ?? await koffiOnNode(process.versions.node);
}

async function koffiOnNode(version: string): Promise<Ffi> {
  try {
    return await koffiFfi();
  } catch (cause) {
    throw new EngineError(
      `Node ${version} runs without node:ffi (26.9 has it by default, 26.1 behind --experimental-ffi) and ` +
        (cause as Error).message,
      { cause },
    );
  }
}
