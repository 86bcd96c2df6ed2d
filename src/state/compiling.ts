// Waiting for an engine to compile.

import type { Compilation, CompiledState, Engine, InputFormat } from "../../engines/engine.ts";
import { abortable } from "../../core/abortable.ts";
import { inTurns } from "../../ffi/turns.ts";

/**
 * Compiles bytes that are all there.
 * @throws {DocumentError} (rejects) when they are not valid, and the signal's reason when that is aborted.
 */
export async function compileAll(
  engine: Engine,
  format: InputFormat,
  namespace: string,
  chunks: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<CompiledState> {
  const compilation = engine.compile(format, namespace);
  try {
    for await (const piece of inTurns(chunks, signal)) compilation.write(piece);
    return await finished(compilation, signal);
  } catch (error) {
    compilation.abort();
    throw error;
  }
}

/** Waits for the state; one that comes out after the waiting was given up is released. */
export function finished(compilation: Compilation, signal: AbortSignal): Promise<CompiledState> {
  const pending = compilation.finish();
  return abortable(pending, signal).catch((error: unknown) => {
    pending.then((late) => late.release(), () => {});
    throw error;
  });
}
