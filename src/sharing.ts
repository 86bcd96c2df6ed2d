// Shows a client's flag state to other threads of the process, and follows one that another thread shows. Where the
// engine keeps one state for the whole process, nothing is copied; elsewhere each change is sent as a snapshot.

import { followNativeState } from "../engines/follow.ts";
import type {
  CompiledState,
  Engine,
  EngineInfo,
  Follower,
  Publisher,
  SharedStateHandle,
} from "../engines/engine.ts";
import { released } from "../engines/messages.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { EngineError } from "./errors.ts";
import type { StateHolder } from "./state_holder.ts";

/** What another thread needs to follow a state of which it gets copies. */
export interface CopiedStateHandle {
  /** The engine that evaluates where the state is followed. */
  readonly engine: "portable";
  /** The name of the channel on which snapshots are sent. */
  readonly channel: string;
  /** The namespace of the flags. */
  readonly namespace: string;
}

/** What `FliptClient.attach` takes: can be posted to a Worker. */
export type SharedHandle = SharedStateHandle | CopiedStateHandle;

/** What is sent on the channel of copies. */
type Message = { readonly wanted: true } | { readonly snapshot: string } | { readonly closed: true };

/** How long a follower waits for the first copy, in milliseconds. */
const FIRST_COPY = 5000;

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

/** A state that another thread shows, and the engine that evaluates it here. */
export interface Followed {
  /** Which engine evaluates, and why. */
  readonly engine: EngineInfo;
  /** Gives the newest state. */
  readonly follower: Follower;
}

/**
 * Follows the state behind `handle`.
 * @throws {EngineError} (rejects) when nobody shows it, or its library cannot be opened here.
 */
export async function follow(handle: SharedHandle): Promise<Followed> {
  if (handle.engine === "native") return await followNativeState(handle);
  return { engine: copiedEngine().info, follower: await CopyReceiver.open(handle) };
}

function copiedEngine(): Engine {
  return portableEngine(
    "the thread that shares its flags evaluates without the native engine: each change is copied",
  );
}

/** A channel of the process that does not keep it alive. */
function openChannel(name: string, onMessage: (message: Message) => void): BroadcastChannel {
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

class CopyReceiver implements Follower {
  readonly #channel: BroadcastChannel;
  readonly #engine = copiedEngine();
  readonly #namespace: string;
  readonly #first: PromiseWithResolvers<void> = Promise.withResolvers();
  #compiling: Promise<void> = Promise.resolve();
  #state: CompiledState | undefined;

  private constructor({ channel, namespace }: CopiedStateHandle) {
    this.#namespace = namespace;
    this.#channel = openChannel(channel, (message) => this.#receive(message));
  }

  /** Follows once the first copy is there. */
  static async open(handle: CopiedStateHandle): Promise<CopyReceiver> {
    const receiver = new CopyReceiver(handle);
    const timeout = setTimeout(() => {
      receiver.#first.reject(
        new EngineError("the client that shares its flags does not answer: is it closed?"),
      );
    }, FIRST_COPY);
    try {
      receiver.#channel.postMessage({ wanted: true } satisfies Message);
      await receiver.#first.promise;
      return receiver;
    } catch (error) {
      receiver.close();
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  current(): CompiledState {
    if (this.#state === undefined) throw released();
    return this.#state;
  }

  close(): void {
    this.#channel.close();
    this.#state?.release();
    this.#state = undefined;
  }

  #receive(message: Message): void {
    if ("closed" in message) {
      this.close();
      this.#first.reject(released());
    } else if ("snapshot" in message) {
      // One after the other, so that the last one sent is the one that stays.
      this.#compiling = this.#compiling.then(() => this.#take(message.snapshot));
    }
  }

  async #take(snapshot: string): Promise<void> {
    const compilation = this.#engine.compile("snapshot", this.#namespace);
    compilation.write(new TextEncoder().encode(snapshot));
    try {
      const state = await compilation.finish();
      this.#state?.release();
      this.#state = state;
      this.#first.resolve();
    } catch (error) {
      this.#first.reject(error);
    }
  }
}
