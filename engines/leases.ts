// Keeps a state that was replaced for as long as somebody still answers from it.

import type { CompiledState } from "./engine.ts";

/** Who holds a state beside its owner. */
interface Leases {
  count: number;
  /** Whether its owner has let go of it. */
  isRetired: boolean;
}

const leases = new WeakMap<CompiledState, Leases>();

/** Keeps a state. Gives what ends that; safe to call twice. */
export function lease(state: CompiledState): () => void {
  let held = leases.get(state);
  if (held === undefined) leases.set(state, held = { count: 0, isRetired: false });
  held.count++;
  let isHeld = true;
  return () => {
    if (isHeld && --held.count === 0 && held.isRetired) state.release();
    isHeld = false;
  };
}

/** Ends the leases of holders that nobody ended. */
const forgotten = /* @__PURE__ */ new FinalizationRegistry<() => void>((end) => end());

/** Keeps a state until the lease is ended, or its holder is forgotten. */
export function leaseFor(holder: object, state: CompiledState): () => void {
  const end = lease(state);
  forgotten.register(holder, end);
  return end;
}

/** The owner of a state needs it no more: it is released now, or when the last lease ends. */
export function retire(state: CompiledState | undefined): void {
  const held = state && leases.get(state);
  if (held !== undefined && held.count > 0) held.isRetired = true;
  else state?.release();
}
