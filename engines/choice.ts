// Chooses the engine, also to follow a state that another thread shares. Engines other than the portable one are loaded
// only when they are asked for.

import { environmentVariable } from "../ffi/environment.ts";
import { EngineError } from "../core/errors.ts";
import type { Engine, EngineInfo, EngineKind, Follower, SharedStateHandle } from "./engine.ts";
import { portableEngine } from "./portable/mod.ts";

/** The variable that names the file of the reference library. */
export const REFERENCE_LIBRARY_VARIABLE = "FLIPT_ENGINE_PATH";

/** Which engine a client asks for. */
export interface EngineRequest {
  /** The engine; `auto` is the first that is available: the reference library where the environment names one, native, portable. */
  readonly engine: "auto" | EngineKind;
  /** The file of the library, for an engine that has one. */
  readonly libraryPath?: string;
}

/**
 * Finds an engine.
 * @throws {EngineError} (rejects) when the engine that was asked for is not available. `auto` never fails for that.
 */
export async function chooseEngine({ engine, libraryPath }: EngineRequest): Promise<Engine> {
  switch (engine) {
    case "native":
      return await native(libraryPath);
    case "flipt-engine-ffi":
      return await reference(libraryPath);
    case "portable":
      return portableEngine();
    case "auto":
      return await firstOf();
  }
}

async function native(libraryPath?: string, reason?: string): Promise<Engine> {
  const { openNativeEngine } = await import("./native/mod.ts");
  return await openNativeEngine({ libraryPath, reason });
}

async function reference(path?: string): Promise<Engine> {
  const { libraryPath, reason } = await referenceLibrary(path);
  const { openReferenceEngine } = await import("./flipt_engine_ffi/mod.ts");
  return await openReferenceEngine({ libraryPath, reason });
}

async function referenceLibrary(path: string | undefined): Promise<{ libraryPath: string; reason?: string }> {
  if (path !== undefined) return { libraryPath: path };
  const named = await environmentVariable(REFERENCE_LIBRARY_VARIABLE);
  if (named !== undefined) {
    return { libraryPath: named, reason: `${REFERENCE_LIBRARY_VARIABLE} names its library` };
  }
  const { installedReferenceLibrary } = await import("./flipt_engine_ffi/installed_library.ts");
  const installed = await installedReferenceLibrary();
  if (installed !== undefined) {
    return { libraryPath: installed, reason: "flipt-ffi engine install installed its library" };
  }
  throw new EngineError(
    `the engine flipt-engine-ffi needs its library: install it with "flipt-ffi engine install" (on Deno it is found with ` +
      `--allow-read --allow-env), give libraryPath or set ${REFERENCE_LIBRARY_VARIABLE} ` +
      `(on Deno with --allow-env=${REFERENCE_LIBRARY_VARIABLE})`,
  );
}

async function firstOf(): Promise<Engine> {
  const failures: string[] = [];
  const why = (): string | undefined => failures.length === 0 ? undefined : failures.join("; ");
  const candidates = [() => native(undefined, why())];
  if (await environmentVariable(REFERENCE_LIBRARY_VARIABLE) !== undefined) {
    candidates.unshift(() => reference());
  }
  for (const candidate of candidates) {
    try {
      return await candidate();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failures.push(error.message);
    }
  }
  return portableEngine(why());
}

/**
 * Follows the native engine's state behind `handle`.
 * @throws {EngineError} (rejects) when the library cannot be opened here.
 * @throws {EvaluationError} (rejects) when the client that shares it is closed.
 */
export async function followNativeState(
  handle: SharedStateHandle,
): Promise<{ readonly engine: EngineInfo; readonly follower: Follower }> {
  const native = await import("./native/mod.ts");
  const { engine, follower } = await native.followNativeState(handle);
  return { engine: engine.info, follower };
}
