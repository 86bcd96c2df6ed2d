// Replaces engines/choice.ts in the build for browsers and edge workers, which contains the portable engine only.

import type { Engine, EngineInfo, Follower, SharedStateHandle } from "../engines/engine.ts";
import type { EngineRequest } from "../engines/choice.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { EngineError } from "../core/errors.ts";

const WHY = "the build for browsers has no FFI";

/**
 * Returns the portable engine.
 * @throws {EngineError} (rejects) when another one is requested.
 */
export function chooseEngine({ engine }: EngineRequest): Promise<Engine> {
  if (engine === "auto") return Promise.resolve(portableEngine(WHY));
  if (engine === "portable") return Promise.resolve(portableEngine());
  return Promise.reject(
    new EngineError(`the engine ${engine} is not available: ${WHY}; use "auto" or "portable"`),
  );
}

/**
 * Always rejects: a state of the native engine is only accessible through FFI.
 * @throws {EngineError} (rejects) always.
 */
export function followNativeState(
  _handle: SharedStateHandle,
): Promise<{ readonly engine: EngineInfo; readonly follower: Follower }> {
  return Promise.reject(new EngineError(`a state of the engine native cannot be followed: ${WHY}`));
}
