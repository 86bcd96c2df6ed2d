// Starts a client: the engine, the state at hand, the first fetch, and what keeps the state fresh from then on.

import { abortable, throwIfAborted } from "../core/abortable.ts";
import type { Clock } from "../core/clock.ts";
import type { EngineRequest } from "../engines/choice.ts";
import type { CompiledState, Engine } from "../engines/engine.ts";
import { detached } from "../ffi/detached.ts";
import { assemble, type Parts } from "./assemble.ts";
import { ErrorStrategy } from "./options/client_options.ts";
import type { Settings } from "./options/options.ts";
import { HttpRequester } from "./sources/http_request.ts";
import { HttpSource } from "./sources/http_source.ts";
import type { Source } from "./sources/source.ts";
import { tlsFetch } from "./sources/transport.ts";
import { compileAll } from "./state/compiling.ts";
import { snapshotChunks } from "./state/snapshot_text.ts";
import { follow } from "./sync/watched_source.ts";

/** How long the first fetch is waited for, in milliseconds, where there is a state at hand and the strategy lets it answer. */
const MAX_FIRST_WAIT_MS = 2_000;

/** What a client takes from its surroundings; tests bring their own. */
export interface Surroundings {
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Where the engine comes from. */
  chooseEngine(request: EngineRequest): Promise<Engine>;
}

/**
 * Starts a client.
 * @returns its parts, as soon as it is ready to answer.
 * @throws the reason of `lifetime` (rejects) when that ends meanwhile, and what `FliptClient.init` does.
 */
export async function start(
  settings: Settings,
  { clock, chooseEngine }: Surroundings,
  lifetime: AbortController,
): Promise<Parts> {
  const { signal } = lifetime;
  throwIfAborted(signal);
  const engine = await abortable(chooseEngine(settings), signal);
  const compiled = (snapshot: string): Promise<CompiledState> =>
    compileAll(engine, "snapshot", settings.namespace, snapshotChunks(snapshot, settings), signal);
  const requester = new HttpRequester(settings, await tlsFetch(settings.tls));
  const source = await sourceOf(settings, requester);
  const { HookRunner } = settings.hooks.length === 0
    ? { HookRunner: undefined }
    : await import("./evaluation/hook_runner.ts");
  const { StoreKeeper } = settings.store === undefined
    ? { StoreKeeper: undefined }
    : await import("./state/store_keeper.ts");
  const parts = assemble({ settings, engine, requester, source, HookRunner, StoreKeeper, clock, lifetime });
  const { holder } = parts;
  try {
    if (settings.snapshot !== undefined) holder.replace(await compiled(settings.snapshot), undefined);
    await fetchFirst(settings, parts, clock, compiled);
  } catch (error) {
    lifetime.abort(error);
    holder.close();
    throw error;
  }
  detached(() => keepFresh(settings, parts));
  return parts;
}

async function sourceOf(settings: Settings, requester: HttpRequester): Promise<Source> {
  const { source, fetcher, namespace } = settings;
  if (source !== undefined) {
    const { LoadedSource } = await import("./sources/loaded_source.ts");
    return new LoadedSource(source, namespace);
  }
  if (fetcher === undefined) return new HttpSource(requester, settings);
  const { FetcherSource } = await import("./sources/fetcher_source.ts");
  return new FetcherSource(fetcher, settings);
}

/** Fetches, unless there is a state at hand that will do. */
async function fetchFirst(
  { initialFetch, snapshot, errorStrategy, requestTimeout }: Settings,
  { store, stateUpdates, updater, lifetime: { signal } }: Parts,
  clock: Clock,
  compiled: (snapshot: string) => Promise<CompiledState>,
): Promise<void> {
  const restore = async (): Promise<boolean | undefined> =>
    await store?.restore(async (text) => stateUpdates.restored(await compiled(text)), requestTimeout, signal);
  let restored: ReturnType<typeof restore> | undefined;
  const hasState = async (): Promise<boolean> => await (restored ??= restore()) || snapshot !== undefined;
  if (!initialFetch && await hasState()) return;
  if (errorStrategy !== ErrorStrategy.Fallback) {
    await updater.update();
    return;
  }
  const isOneEnough = initialFetch ? hasState : undefined;
  const background = snapshot !== undefined;
  // What it rejects with has been told.
  const fetched = updater.update({ background, isOneEnough }).then(() => true, () => false);
  const isFetched = await within(fetched, MAX_FIRST_WAIT_MS, clock);
  throwIfAborted(signal);
  if (isFetched || await hasState()) return;
  await fetched;
  throwIfAborted(signal);
}

/** What `outcome` settles with; `undefined` when it takes too long. */
async function within<T>(outcome: Promise<T>, limitMs: number, clock: Clock): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(undefined), { background: true });
  });
  return await Promise.race([outcome, late]).finally(() => cancel());
}

function keepFresh(settings: Settings, parts: Parts): void {
  const { source, updateInterval, errorStrategy, initialFetch } = settings;
  const { holder, updater, poller, streamer, stateUpdates, lifetime, status } = parts;
  stateUpdates.tell(0);
  status.log("started");
  if (source !== undefined) {
    holder.keepAnswering();
    follow(source, updater, lifetime.signal);
  } else if (streamer !== undefined) streamer.start();
  else if (updateInterval > 0) poller.start();
  else if (errorStrategy === ErrorStrategy.Fallback && initialFetch && stateUpdates.version === undefined) {
    // Nothing else would make up for a first fetch that failed.
    poller.start();
    const forget = updater.observe(() => {
      if (updater.waitAfterFailureMs !== undefined) return;
      poller.stop();
      forget();
    });
  }
}
