// Puts the parts of a client together: the engine, the snapshot, the source, the first fetch, polling, streaming.

import type { CompiledState, Engine, EngineInfo } from "../engines/engine.ts";
import type { EngineRequest } from "../engines/choice.ts";
import { abortable } from "../core/abortable.ts";
import { ErrorStrategy } from "./options/client_options.ts";
import type { Clock } from "../core/clock.ts";
import { compileAll } from "./state/compiling.ts";
import type { FliptError } from "../core/errors.ts";
import { Listeners } from "./state/events.ts";
import { FetcherSource } from "./sources/fetcher_source.ts";
import { FetchAttempts } from "./sync/fetch_attempt.ts";
import { HookRunner } from "./evaluation/hooks.ts";
import { HttpRequester } from "./sources/http_request.ts";
import { HttpSource } from "./sources/http_source.ts";
import { StateUpdates } from "./sync/state_updates.ts";
import { LoadedSource } from "./sources/loaded_source.ts";
import { follow } from "./sync/watched_source.ts";
import type { Settings } from "./options/options.ts";
import { Poller } from "./sync/polling.ts";
import { ReplicationLag } from "./sync/replication_lag.ts";
import { Sharing } from "./workers/sharing.ts";
import type { StateHolder } from "./state/state_holder.ts";
import { StatusKeeper } from "./state/status.ts";
import { StoreKeeper } from "./state/store_keeper.ts";
import { Streamer } from "./sync/streaming.ts";
import { tlsFetch } from "./sources/transport.ts";
import { Updater } from "./sync/updater.ts";

/** What a client takes from its surroundings; tests bring their own. */
export interface Surroundings {
  /** Timers and chance. */
  readonly clock: Clock;
  /** Where the engine comes from. */
  chooseEngine(request: EngineRequest): Promise<Engine>;
}

/** The parts of a client that `init` has made ready. */
export interface Parts {
  /** Which engine evaluates. */
  readonly engine: EngineInfo;
  /** The namespace of the flags. */
  readonly namespace: string;
  /** The hooks; `null` without any, which is one comparison on the way of an evaluation. */
  readonly hooks: HookRunner | null;
  /** The state. */
  readonly holder: StateHolder;
  /** How the client is doing. */
  readonly status: StatusKeeper;
  /** Who is told of what happens. */
  readonly listeners: Listeners;
  /** What asks the server. */
  readonly requester: HttpRequester;
  /** What brings the state up to date. */
  readonly updater: Updater;
  /** What does so again and again. */
  readonly poller: Poller;
  /** What keeps a stream open; `undefined` when the state is polled only. */
  readonly streamer: Streamer | undefined;
  /** What keeps a copy of the state outside the process; `undefined` without the option. */
  readonly store: StoreKeeper | undefined;
  /** What shows the state to other threads. */
  readonly sharing: Sharing;
  /** Ends everything that is under way. */
  readonly lifetime: AbortController;
}

/** Makes the parts ready; rejects with the reason of `lifetime` when that ends meanwhile. */
export async function prepare(
  settings: Settings,
  surroundings: Surroundings,
  holder: StateHolder,
  lifetime: AbortController,
): Promise<Parts> {
  const { signal } = lifetime;
  signal.throwIfAborted();
  const {
    namespace,
    snapshot,
    source,
    fetcher,
    fetchMode,
    hooks,
    initialFetch,
    maxStaleness,
    updateInterval,
  } = settings;
  const { clock } = surroundings;
  const engine = await abortable(surroundings.chooseEngine(settings), signal);
  const compiled = (text: string): Promise<CompiledState> =>
    compileAll(engine, "snapshot", namespace, new TextEncoder().encode(text.trim()), signal);
  if (snapshot !== undefined) holder.replace(await compiled(snapshot), undefined);
  const requester = new HttpRequester(settings, await tlsFetch(settings.tls));
  const asked = source !== undefined
    ? new LoadedSource(source, namespace)
    : fetcher === undefined
    ? new HttpSource(requester, settings)
    : new FetcherSource(fetcher, settings);

  const listeners = new Listeners();
  const status = new StatusKeeper({ answering: holder, clock, listeners, mode: fetchMode, maxStaleness });
  const replicationLag = new ReplicationLag(clock, updateInterval);
  const report = storeTrouble(listeners, status);
  const store = settings.store === undefined
    ? undefined
    : new StoreKeeper({ store: settings.store, snapshot: () => holder.held.snapshot(), report, clock });
  // Ending is aborting, and comes before the state is released.
  signal.addEventListener("abort", () => store?.close(), { once: true });
  const stateUpdates = new StateUpdates({ holder, status, listeners, replicationLag, store });
  const shared = { engine, stateUpdates, settings, clock, lifetime: signal };
  const fetching = new FetchAttempts({ ...shared, source: asked });
  const updater = new Updater({ ...shared, fetching, interval: updateInterval });
  const restore = async (): Promise<boolean | undefined> =>
    await store?.restore(
      async (text) => stateUpdates.restored(await compiled(text)),
      settings.requestTimeout,
      signal,
    );
  if (initialFetch || !(await restore() || snapshot !== undefined)) {
    try {
      await updater.update();
    } catch (error) {
      if (signal.aborted || settings.errorStrategy === ErrorStrategy.Fail) throw error;
      if (initialFetch) await restore();
    }
  }
  const poller = new Poller(updateInterval, clock, updater);
  let streamer: Streamer | undefined;
  if (source !== undefined) {
    holder.keepAnswering();
    follow(source, updater, signal);
  } else if (fetchMode === "streaming") {
    streamer = new Streamer({ ...shared, requester, updater, poller });
    streamer.start();
  } else if (updateInterval > 0) poller.start();
  return {
    engine: engine.info,
    namespace,
    hooks: hooks.length === 0 ? null : new HookRunner(hooks),
    holder,
    status,
    listeners,
    requester,
    updater,
    poller,
    streamer,
    store,
    sharing: new Sharing(engine, holder, namespace),
    lifetime,
  };
}

/** Tells of trouble with the store: those who listen, or else the console, once. */
function storeTrouble(listeners: Listeners, status: StatusKeeper): (error: FliptError) => void {
  let isReported = false;
  return (error) => {
    if (!listeners.has("error") && !isReported) {
      isReported = true;
      console.warn("flipt: trouble with the snapshot store; the client goes on:", error);
    }
    status.noted(error);
  };
}
