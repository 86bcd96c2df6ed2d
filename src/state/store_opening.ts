// Opens the store of a client. Loaded for those that have one.

import type { Clock } from "../../core/clock.ts";
import type { FliptError } from "../../core/errors.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import type { Settings } from "../options/options.ts";
import type { SnapshotStore } from "../options/store.ts";
import type { Listeners } from "./events.ts";
import type { StateHolder } from "./state_holder.ts";
import type { StatusKeeper } from "./status.ts";
import { StoreKeeper } from "./store_keeper.ts";

/** Where a client's keeper of its store is, once it is open. */
export interface StoreSlot {
  /** The keeper; `undefined` without the option. */
  keeper?: StoreKeeper;
}

/** Opens a store for a client of these parts. */
export function openStore(
  store: SnapshotStore,
  { holder, listeners, status, clock, warn, lifetime: { signal } }: {
    readonly holder: StateHolder;
    readonly listeners: Listeners;
    readonly status: StatusKeeper;
    readonly clock: Clock;
    readonly warn: Warn;
    readonly lifetime: AbortController;
  },
  { requestTimeout }: Pick<Settings, "requestTimeout">,
): StoreKeeper {
  const keeper = new StoreKeeper({
    store,
    snapshot: () => holder.held.snapshot(),
    report: storeTrouble(listeners, status, warn),
    clock,
    limitMs: requestTimeout * 1000,
  });
  // Ending is aborting, and comes before the state is released.
  signal.addEventListener("abort", () => keeper.close(), { once: true });
  return keeper;
}

/** Tells of trouble with the store: those who listen, or else the log, once. */
function storeTrouble(listeners: Listeners, status: StatusKeeper, warn: Warn): (error: FliptError) => void {
  let isReported = false;
  return (error) => {
    if (!listeners.has("error") && !isReported) {
      isReported = true;
      warn("flipt: the snapshot store failed; the client continues:", error);
    }
    status.noted(error, true);
  };
}
