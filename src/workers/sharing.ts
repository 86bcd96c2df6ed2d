// Shows a client's flag state to other threads of the process. Where the engine keeps one state for the whole process,
// nothing is copied; elsewhere each change is sent as a snapshot.

import type { CompiledState, Engine, Publisher, SharedStateHandle } from "../../engines/engine.ts";
import type { StateHolder } from "../state/state_holder.ts";

/** What another thread needs to receive copies of a state. */
export interface CopiedStateHandle {
  /** The engine that evaluates the copies. */
  readonly engine: "portable";
  /** The name of the channel on which snapshots are sent. */
  readonly channel: string;
  /** The namespace of the flags. */
  readonly namespace: string;
}

/** The handle that `FliptClient.attach` takes; it can be posted to a Worker. */
export type SharedHandle = SharedStateHandle | CopiedStateHandle;

/** Shows the states of one client to other threads, from the moment that it is asked to. */
export class Sharing {
  readonly #loaded: { readonly engine: Engine };
  readonly #holder: StateHolder;
  readonly #namespace: string;
  #publisher: Publisher<SharedHandle> | undefined;

  /** Shows nothing yet. */
  constructor(loaded: { readonly engine: Engine }, holder: StateHolder, namespace: string) {
    this.#loaded = loaded;
    this.#holder = holder;
    this.#namespace = namespace;
  }

  /**
   * What other threads follow the state by.
   * @throws {EvaluationError} when there is no state.
   */
  handle(): SharedHandle {
    this.#publisher ??= this.#open();
    return this.#publisher.handle;
  }

  /** Ends it: who follows gets no more answers. */
  close(): void {
    this.#publisher?.close();
  }

  #open(): Publisher<SharedHandle> {
    const { held } = this.#holder;
    const publisher = this.#loaded.engine.share?.(held, this.#namespace) ??
      publishCopies(held, this.#namespace);
    this.#holder.watch((state) => publisher.publish(state));
    return publisher;
  }
}

/** Sends copies of `state`, and of each that follows. What sends them is loaded meanwhile. */
function publishCopies(state: CompiledState, namespace: string): Publisher<CopiedStateHandle> {
  // Fails at once where there is no state to send.
  state.snapshot();
  let current: CompiledState | undefined = state;
  const channel = `flipt-ffi-${crypto.randomUUID()}`;
  const sending = import("./copies.ts")
    .then(({ CopySender }) => new CopySender(channel, () => current))
    // Those who follow hear nothing, and say so.
    .catch(() => {});
  return {
    handle: { engine: "portable", channel, namespace },
    publish(next): void {
      current = next;
      void sending.then((sender) => sender?.changed());
    },
    close(): void {
      current = undefined;
      void sending.then((sender) => sender?.close());
    },
  };
}
