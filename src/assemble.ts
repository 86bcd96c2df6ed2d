// Wires the parts of a client together. Nothing starts here: start.ts does that.

import type { Clock } from "../core/clock.ts";
import type { Warn } from "../core/user_callbacks.ts";
import type { EngineInfo } from "../engines/engine.ts";
import { warnOfIgnoredBy } from "../engines/rules/ignored_values.ts";
import { Attachments } from "./evaluation/attachments.ts";
import type { DefaultEvent } from "./evaluation/details.ts";
import type { HookSlot } from "./evaluation/evaluations.ts";
import type { Settings } from "./options/options.ts";
import type { HttpRequester } from "./sources/http_request.ts";
import { ClientLog } from "./state/client_log.ts";
import { defaultReporter } from "./state/default_reports.ts";
import { Listeners } from "./state/events.ts";
import { StateHolder } from "./state/state_holder.ts";
import { StatusKeeper } from "./state/status.ts";
import type { StoreSlot } from "./state/store_opening.ts";
import { fetchOnce, type Loaded } from "./sync/fetch_attempt.ts";
import { Poller } from "./sync/polling.ts";
import { StateUpdates } from "./sync/state_updates.ts";
import { Updater } from "./sync/updater.ts";
import { Sharing } from "./workers/sharing.ts";

/** What a client is made of. */
export interface Materials {
  /** The options. */
  readonly settings: Settings;
  /** What asks the server, also for streams. */
  readonly requester: HttpRequester;
  /** Where fetches go, and what compiles documents. */
  readonly loaded: Loaded;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Ends everything that is under way, and every later update. */
  readonly lifetime: AbortController;
}

/** How far a client's start has come. Without members, there is nothing to wait for. */
export interface StartProgress {
  /** Settles when the engine is there; nothing is fetched before. */
  engine?: Promise<void> | undefined;
  /** Settles when the client is as ready as it will be without further attempts. */
  started?: Promise<void> | undefined;
  /** Settles when a stream is open no more. */
  streaming?: Promise<void> | undefined;
  /** When `touch` fetched last, in milliseconds since 1970. */
  touchedAt?: number;
}

/** The parts of a client. */
export interface Parts {
  /** Which engine evaluates. */
  readonly engine: EngineInfo;
  /** The namespace of the flags. */
  readonly namespace: string;
  /** What calls the hooks; `null` without any, which is one comparison on the way of an evaluation. */
  readonly hooks: HookSlot | null;
  /** The state. */
  readonly holder: StateHolder;
  /** How the client is doing. */
  readonly status: StatusKeeper;
  /** Who is told of what happens. */
  readonly listeners: Listeners;
  /** What asks the server. */
  readonly requester: HttpRequester;
  /** What puts states in place. */
  readonly stateUpdates: StateUpdates;
  /** What brings the state up to date. */
  readonly updater: Updater;
  /** What does so again and again. */
  readonly poller: Poller;
  /** What keeps a copy of the state outside the process. */
  readonly store: StoreSlot;
  /** What answers where a flag does not. */
  readonly defaults: Settings["defaults"];
  /** Attachments as values. */
  readonly attachments: Attachments;
  /** Is told of each default that is used. */
  readonly onDefault: (event: DefaultEvent) => void;
  /** What shows the state to other threads. */
  readonly sharing: Sharing;
  /** Ends everything that is under way. */
  readonly lifetime: AbortController;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Writes a line about trouble with code of the user. */
  readonly warn: Warn;
  /** How the start goes on. */
  readonly progress: StartProgress;
}

/** Wires the parts of a client together. */
export function assemble(
  { settings, loaded, requester, clock, lifetime }: Materials,
): Parts {
  const { namespace, updateInterval } = settings;
  const { signal } = lifetime;
  const holder = new StateHolder(settings);
  const warn: Warn = (...parts) => log.warn(...parts);
  const listeners = new Listeners(warn);
  const log = new ClientLog({ settings, clock, listeners });
  warnOfIgnoredBy(log, signal);
  const status = new StatusKeeper({ holder, clock, listeners, log, settings });
  const store: StoreSlot = {};
  const stateUpdates = new StateUpdates({ holder, status, listeners, store });
  const shared = { loaded, holder, status, stateUpdates, settings, clock, lifetime: signal };
  const updater = new Updater({ ...shared, warn, fetchOnce: (held) => fetchOnce(shared, held) });
  const poller = new Poller(updateInterval, clock, updater);
  return {
    get engine() {
      return loaded.engine.info;
    },
    namespace,
    hooks: settings.hooks.length === 0 ? null : {},
    holder,
    status,
    listeners,
    requester,
    stateUpdates,
    updater,
    poller,
    store,
    defaults: settings.defaults,
    attachments: new Attachments(),
    onDefault: defaultReporter(listeners, clock, warn),
    sharing: new Sharing(loaded, holder, namespace),
    lifetime,
    warn,
    clock,
    progress: {},
  };
}
