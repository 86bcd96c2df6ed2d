// The choice of an engine where there is no FFI: stands in for engines/choice.ts in what is built for browsers and edge
// workers, so that nothing of the other engines is in it.

import type { Engine, EngineInfo, Follower, SharedStateHandle } from "../engines/engine.ts";
import type { EngineRequest } from "../engines/choice.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { EngineError } from "../core/errors.ts";

const WHY = "the build for browsers has no FFI";

/**
 * Gives the portable engine.
 * @throws {EngineError} (rejects) when another one was asked for.
 */
export function chooseEngine({ engine }: EngineRequest): Promise<Engine> {
  if (engine === "auto") return Promise.resolve(portableEngine(WHY));
  if (engine === "portable") return Promise.resolve(portableEngine());
  return Promise.reject(
    new EngineError(`the engine ${engine} cannot be had: ${WHY}; use "auto" or "portable"`),
  );
}

/**
 * Follows nothing: a state that the native engine holds can be reached over FFI only.
 * @throws {EngineError} (rejects) always.
 */
export function followNativeState(
  _handle: SharedStateHandle,
): Promise<{ readonly engine: EngineInfo; readonly follower: Follower }> {
  return Promise.reject(new EngineError(`a state of the engine native cannot be followed: ${WHY}`));
}
