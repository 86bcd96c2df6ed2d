// Starts a client: the engine, the state at hand, the first fetch, and what keeps the state fresh from then on.

import { abortable, throwIfAborted } from "../core/abortable.ts";
import type { Clock } from "../core/clock.ts";
import { within } from "../core/within.ts";
import type { EngineRequest } from "../engines/choice.ts";
import type { Engine } from "../engines/engine.ts";
import { detached } from "../ffi/detached.ts";
import { assemble, type Parts } from "./assemble.ts";
import { ErrorStrategy } from "./options/client_options.ts";
import type { Settings } from "./options/options.ts";
import { HttpRequester } from "./sources/http_request.ts";
import { HttpSource } from "./sources/http_source.ts";
import type { Source } from "./sources/source.ts";
import { ownFetch } from "./sources/transport.ts";
import type { Loaded } from "./sync/fetch_attempt.ts";
import type { WatchedSource } from "./sync/watched_source.ts";

/** How long the first fetch is waited for, in milliseconds, where there is a state at hand and the strategy lets it answer. */
const MAX_FIRST_WAIT_MS = 2_000;

/** What a client says of its engine until it has one. Nothing is compiled before. */
const NOT_LOADED = {
  info: { kind: "portable", reason: "still being loaded: await client.ready()" },
} as Engine;

/** A source that may say itself when there is something new. */
type MaybeWatched = Source & Partial<Pick<WatchedSource, "follow">>;

interface LoadedByStart extends Loaded {
  source: MaybeWatched;
}

/** What a client takes from its surroundings; tests bring their own. */
export interface Surroundings {
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Where the engine comes from. */
  chooseEngine(request: EngineRequest): Promise<Engine>;
}

/**
 * Starts a client. `progress.started` of its parts rejects as `FliptClient.init` does, and with the reason of `lifetime`
 * when that ends meanwhile.
 * @param isAwaited Whether the caller waits for the first fetch and takes its failure; otherwise that goes on behind.
 */
export function start(
  settings: Settings,
  { clock, chooseEngine }: Surroundings,
  lifetime: AbortController,
  isAwaited: boolean,
): Parts {
  const { signal } = lifetime;
  const { overrides, source: ownSource, fetcher, store: ownStore } = settings;
  const requester = new HttpRequester(settings);
  const loaded: LoadedByStart = {
    source: new HttpSource(requester, settings),
    engine: NOT_LOADED,
  };
  const parts = assemble({ settings, loaded, requester, clock, lifetime });
  const { holder, hooks, status, store, progress, warn } = parts;
  const load = async (): Promise<void> => {
    throwIfAborted(signal);
    if (overrides !== undefined) {
      const { Overrides } = await import("./evaluation/overriding_state.ts");
      holder.override(new Overrides(overrides, warn));
    }
    loaded.engine = await abortable(chooseEngine(settings), signal);
    requester.use(await ownFetch(settings));
    if (ownSource !== undefined) {
      const { WatchedSource } = await import("./sync/watched_source.ts");
      loaded.source = new WatchedSource(ownSource, settings.namespace);
    } else if (fetcher !== undefined) {
      const { FetcherSource } = await import("./sources/fetcher_source.ts");
      loaded.source = new FetcherSource(fetcher, settings);
    }
    if (hooks !== null) {
      const { HookRunner } = await import("./evaluation/hook_runner.ts");
      hooks.runner = new HookRunner(settings.hooks, warn);
    }
    if (ownStore !== undefined) {
      const { openStore } = await import("./state/store_opening.ts");
      store.keeper = openStore(ownStore, parts, settings);
    }
    progress.engine = undefined;
  };
  const begin = async (): Promise<void> => {
    try {
      await (progress.engine = load());
      await firstState(settings, parts, loaded.engine, isAwaited);
    } catch (error) {
      if (isAwaited) {
        lifetime.abort(error);
        holder.close();
      } else status.failed(error);
      throw error;
    }
    detached(() => keepFresh(settings, parts, loaded, isAwaited));
  };
  progress.started = isAwaited ? begin() : detached(begin);
  // Whoever waits for it hears of it, too.
  progress.started.catch(() => {});
  return parts;
}

/** Gets a state: from the snapshot, the store, and by a fetch, unless there is one that will do. */
async function firstState(
  settings: Settings,
  parts: Parts,
  engine: Engine,
  isAwaited: boolean,
): Promise<void> {
  const { holder, updater, clock, lifetime: { signal } } = parts;
  const { initialFetch, snapshot, store, errorStrategy } = settings;
  let hasState = (): Promise<boolean> => Promise.resolve(holder.hasState);
  if ((snapshot ?? store) !== undefined) {
    const { stateAtHand } = await import("./state_at_hand.ts");
    hasState = await stateAtHand(settings, parts, engine, isAwaited);
  }
  // What is at hand answers while the fetch goes on behind.
  if (!isAwaited) hasState().catch(() => {});
  if (!initialFetch && await hasState()) return;
  if (isAwaited && errorStrategy !== ErrorStrategy.Fallback) {
    await updater.update();
    return;
  }
  const isOneEnough = initialFetch ? hasState : undefined;
  const background = !isAwaited || snapshot !== undefined;
  // What it rejects with has been told.
  const fetched = updater.update({ background, isOneEnough }).then(() => true, () => false);
  const isFetched = isAwaited ? await within(fetched, MAX_FIRST_WAIT_MS, clock, true) : await fetched;
  throwIfAborted(signal);
  if (isFetched || await hasState()) return;
  await fetched;
  throwIfAborted(signal);
}

function keepFresh(settings: Settings, parts: Parts, loaded: LoadedByStart, isAwaited: boolean): void {
  const { updateInterval, updates, errorStrategy, initialFetch, fetchMode } = settings;
  const { holder, updater, poller, stateUpdates, lifetime: { signal }, status, progress } = parts;
  stateUpdates.tell(0);
  status.log("started");
  if (updates === "lazy") return;
  if (loaded.source.follow !== undefined) loaded.source.follow(updater, signal);
  else if (fetchMode === "streaming") progress.streaming = stream(settings, parts, loaded);
  else if (updateInterval > 0) poller.start();
  else if (
    (!isAwaited || errorStrategy === ErrorStrategy.Fallback) && initialFetch &&
    holder.version === undefined
  ) {
    // Nothing else would make up for a first fetch that failed.
    poller.start();
    const forget = updater.observe(() => {
      if (updater.waitAfterFailureMs !== undefined) return;
      poller.stop();
      forget();
    });
  }
}

/** Keeps a stream open until the client ends. Polls until it is loaded, and if that fails. */
async function stream(settings: Settings, parts: Parts, loaded: Loaded): Promise<void> {
  const { poller, lifetime: { signal: lifetime }, status } = parts;
  poller.start();
  try {
    const { Streamer } = await import("./sync/streaming.ts");
    if (!lifetime.aborted) await new Streamer({ ...parts, settings, loaded, lifetime }).run();
  } catch (error) {
    status.changeMode("polling");
    status.noted(error);
  }
}
