// Puts the parts of a client together: the engine, the snapshot, the source, the first fetch, polling.

import type { Engine, EngineInfo } from "../engines/engine.ts";
import type { EngineRequest } from "../engines/mod.ts";
import { orAborted } from "./abort.ts";
import { ErrorStrategy } from "./client_options.ts";
import type { Clock } from "./clock.ts";
import { FetcherSource } from "./fetcher_source.ts";
import { HookRunner } from "./hooks.ts";
import { HttpSource } from "./http_source.ts";
import type { Settings } from "./options.ts";
import { Poller } from "./polling.ts";
import type { StateHolder } from "./state_holder.ts";
import { compileAll, Updater } from "./updater.ts";

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
  /** What brings the state up to date. */
  readonly updater: Updater;
  /** What does so again and again; `undefined` without polling. */
  readonly poller: Poller | undefined;
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
  lifetime.signal.throwIfAborted();
  const { namespace, snapshot, fetcher, hooks, updateInterval } = settings;
  const { clock } = surroundings;
  const request = { engine: settings.engine, libraryPath: settings.libraryPath };
  const engine = await orAborted(surroundings.chooseEngine(request), lifetime.signal);
  if (snapshot !== undefined) {
    const bytes = new TextEncoder().encode(snapshot.trim());
    holder.replace(await compileAll(engine, "snapshot", namespace, bytes, lifetime.signal), undefined);
  }
  const source = fetcher === undefined ? new HttpSource(settings) : new FetcherSource(fetcher, settings);
  const updater = new Updater({ source, engine, holder, settings, clock, lifetime: lifetime.signal });
  try {
    await updater.update();
  } catch (error) {
    if (lifetime.signal.aborted || settings.errorStrategy === ErrorStrategy.Fail) throw error;
  }
  const poller = updateInterval === 0 ? undefined : new Poller(updateInterval, clock, () => updater.update());
  poller?.start();
  return {
    engine: engine.info,
    namespace,
    hooks: hooks.length === 0 ? null : new HookRunner(hooks),
    holder,
    updater,
    poller,
    lifetime,
  };
}
