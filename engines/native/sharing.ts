// One compiled state for all threads of a process: its owner publishes each new state, Workers follow.

import type { CompiledState, Follower, Publisher, SharedStateHandle } from "../engine.ts";
import { retire } from "../leases.ts";
import { released } from "../messages.ts";
import type { Bridge } from "./bridge.ts";
import { NativeState } from "./state.ts";
import { Code } from "./symbols.ts";

/** Publishes the states of a client to other threads. */
export class NativePublisher implements Publisher {
  readonly handle: SharedStateHandle;
  readonly #bridge: Bridge;

  /** Opens the channel with a first state. */
  constructor(bridge: Bridge, state: NativeState, namespace: string) {
    this.#bridge = bridge;
    this.handle = { engine: "native", library: bridge.path, channel: state.openChannel(), namespace };
  }

  publish(state: CompiledState): void {
    if (state instanceof NativeState) state.publish(this.handle.channel);
  }

  close(): void {
    this.#bridge.call.flipt_ffi_channel_close(this.handle.channel);
  }
}

/** Follows the states that another thread publishes. */
export class NativeFollower implements Follower {
  readonly #bridge: Bridge;
  readonly #handle: SharedStateHandle;
  #state: NativeState | undefined;
  #isClosed = false;

  /** Follows the channel of `handle`. */
  constructor(bridge: Bridge, handle: SharedStateHandle) {
    this.#bridge = bridge;
    this.#handle = handle;
    this.current();
  }

  current(): CompiledState {
    const state = this.#state;
    if (state !== undefined && state.isCurrent()) return state;
    retire(state);
    this.#state = undefined;
    if (this.#isClosed) throw released();
    const number = this.#bridge.call.flipt_ffi_channel_follow(this.#handle.channel);
    if (number === Code.badHandle) throw released();
    return this.#state = new NativeState(this.#bridge, this.#bridge.check(number), this.#handle.namespace);
  }

  close(): void {
    this.#isClosed = true;
    retire(this.#state);
    this.#state = undefined;
  }
}
