// A keeper of a store in memory, on the test's clock.

import type { FliptError } from "../../mod.ts";
import { StoreKeeper } from "../../src/state/store_keeper.ts";
import { ManualClock } from "./runtime.ts";
import { MemoryStore } from "./stores.ts";

/** A keeper of a store in memory, whose state is a number that the test sets. */
export function keeper(store: MemoryStore = new MemoryStore()): {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly keeper: StoreKeeper;
  readonly errors: FliptError[];
  change(state: number): void;
} {
  const clock = new ManualClock();
  const errors: FliptError[] = [];
  let current = 0;
  const made = new StoreKeeper({
    store,
    clock,
    snapshot: () => `state ${current}`,
    report: (error) => errors.push(error),
    limitMs: 30_000,
  });
  const change = (state: number): void => {
    current = state;
    made.changed();
  };
  return { store, clock, keeper: made, errors, change };
}
