// The states that a client may have before its first fetch: from a snapshot, and from its store. Loaded for clients that
// have one of them.

import type { CompiledState, Engine } from "../engines/engine.ts";
import type { Parts } from "./assemble.ts";
import type { Settings } from "./options/options.ts";
import { compileAll } from "./state/compiling.ts";
import { snapshotChunks } from "./state/snapshot_text.ts";

/**
 * Answers from the snapshot, if there is one.
 * @param isAwaited Whether the caller takes the failure of a snapshot that cannot be read; otherwise listeners do.
 * @returns What answers from the store, if there is no fetched state yet, and tells whether there is a state.
 */
export async function stateAtHand(
  settings: Settings,
  { holder, status, store, stateUpdates, lifetime: { signal } }: Parts,
  engine: Engine,
  isAwaited: boolean,
): Promise<() => Promise<boolean>> {
  const { namespace, snapshot, requestTimeout } = settings;
  const compiled = (text: string): Promise<CompiledState> =>
    compileAll(engine, "snapshot", namespace, snapshotChunks(text, settings), signal);
  const restore = async (): Promise<boolean | undefined> =>
    await store.keeper?.restore(
      async (text) => stateUpdates.restored(await compiled(text)),
      requestTimeout,
      signal,
    );
  let restored: ReturnType<typeof restore> | undefined;
  try {
    if (snapshot !== undefined) holder.replace(await compiled(snapshot), undefined);
  } catch (error) {
    if (isAwaited || signal.aborted) throw error;
    status.noted(error);
  }
  return async () => await (restored ??= restore()) || holder.hasState;
}
