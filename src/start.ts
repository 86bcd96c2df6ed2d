// Starts a client: the engine, the state at hand, the first fetch, and what keeps the state fresh from then on.

import { abortable } from "../core/abortable.ts";
import type { Clock } from "../core/clock.ts";
import type { EngineRequest } from "../engines/choice.ts";
import type { CompiledState, Engine } from "../engines/engine.ts";
import { assemble, type Parts } from "./assemble.ts";
import { ErrorStrategy } from "./options/client_options.ts";
import type { Settings } from "./options/options.ts";
import { FetcherSource } from "./sources/fetcher_source.ts";
import { HttpRequester } from "./sources/http_request.ts";
import { HttpSource } from "./sources/http_source.ts";
import { LoadedSource } from "./sources/loaded_source.ts";
import type { Source } from "./sources/source.ts";
import { tlsFetch } from "./sources/transport.ts";
import { compileAll } from "./state/compiling.ts";
import { follow } from "./sync/watched_source.ts";

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
  signal.throwIfAborted();
  const engine = await abortable(chooseEngine(settings), signal);
  const compiled = (snapshot: string): Promise<CompiledState> =>
    compileAll(engine, "snapshot", settings.namespace, new TextEncoder().encode(snapshot.trim()), signal);
  const requester = new HttpRequester(settings, await tlsFetch(settings.tls));
  const source = sourceOf(settings, requester);
  const parts = assemble({ settings, engine, requester, source, clock, lifetime });
  const { holder } = parts;
  try {
    if (settings.snapshot !== undefined) holder.replace(await compiled(settings.snapshot), undefined);
    await fetchFirst(settings, parts, compiled);
  } catch (error) {
    lifetime.abort(error);
    holder.close();
    throw error;
  }
  keepFresh(settings, parts);
  return parts;
}

function sourceOf(settings: Settings, requester: HttpRequester): Source {
  const { source, fetcher, namespace } = settings;
  if (source !== undefined) return new LoadedSource(source, namespace);
  return fetcher === undefined ? new HttpSource(requester, settings) : new FetcherSource(fetcher, settings);
}

/** Fetches, unless there is a state at hand that will do. */
async function fetchFirst(
  { initialFetch, snapshot, errorStrategy, requestTimeout }: Settings,
  { store, stateUpdates, updater, lifetime: { signal } }: Parts,
  compiled: (snapshot: string) => Promise<CompiledState>,
): Promise<void> {
  const restore = async (): Promise<boolean | undefined> =>
    await store?.restore(async (text) => stateUpdates.restored(await compiled(text)), requestTimeout, signal);
  if (!initialFetch && (await restore() || snapshot !== undefined)) return;
  try {
    await updater.update();
  } catch (error) {
    if (signal.aborted || errorStrategy !== ErrorStrategy.Fallback) throw error;
    if (initialFetch) await restore();
  }
}

function keepFresh({ source, updateInterval }: Settings, parts: Parts): void {
  const { holder, updater, poller, streamer, lifetime } = parts;
  if (source !== undefined) {
    holder.keepAnswering();
    follow(source, updater, lifetime.signal);
  } else if (streamer !== undefined) streamer.start();
  else if (updateInterval > 0) poller.start();
}
