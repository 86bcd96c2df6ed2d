// Follows a state that another thread shares, with the engine that holds it: loaded only when it is asked for.

import type { EngineInfo, Follower, SharedStateHandle } from "./engine.ts";

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
