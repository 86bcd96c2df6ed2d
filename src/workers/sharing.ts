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

/** What is sent on the channel of copies. */
export type Message = { readonly wanted: true } | { readonly snapshot: string } | { readonly closed: true };

/** Shows the states of one client to other threads, from the moment that it is asked to. */
export class Sharing {
  readonly #engine: Engine;
  readonly #holder: StateHolder;
  readonly #namespace: string;
  #publisher: Publisher<SharedHandle> | undefined;

  /** Shows nothing yet. */
  constructor(engine: Engine, holder: StateHolder, namespace: string) {
    this.#engine = engine;
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
    const publisher = this.#engine.share?.(held, this.#namespace) ?? new CopySender(held, this.#namespace);
    this.#holder.watch((state) => publisher.publish(state));
    return publisher;
  }
}

/** A channel of the process that does not keep it alive. @internal */
export function openChannel(name: string, onMessage: (message: Message) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent<Message>) => onMessage(event.data);
  (channel as { unref?: () => void }).unref?.();
  return channel;
}

class CopySender implements Publisher<CopiedStateHandle> {
  readonly handle: CopiedStateHandle;
  readonly #channel: BroadcastChannel;
  #state: CompiledState;
  #isFollowed = false;

  constructor(state: CompiledState, namespace: string) {
    // Fails at once where there is no state to send.
    state.snapshot();
    this.#state = state;
    this.handle = { engine: "portable", channel: `flipt-ffi-${crypto.randomUUID()}`, namespace };
    this.#channel = openChannel(this.handle.channel, (message) => {
      if (!("wanted" in message)) return;
      this.#isFollowed = true;
      this.#send();
    });
  }

  publish(state: CompiledState): void {
    this.#state = state;
    if (this.#isFollowed) this.#send();
  }

  close(): void {
    this.#channel.postMessage({ closed: true } satisfies Message);
    this.#channel.close();
  }

  #send(): void {
    this.#channel.postMessage({ snapshot: this.#state.snapshot() } satisfies Message);
  }
}
