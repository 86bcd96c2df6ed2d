// Follows a flag state that another thread of the process shows.

import type { CompiledState, Engine, EngineInfo, Follower } from "../../engines/engine.ts";
import { followNativeState } from "../../engines/choice.ts";
import { retire } from "../../engines/leases.ts";
import { released } from "../../engines/messages.ts";
import { portableEngine } from "../../engines/portable/mod.ts";
import { EngineError } from "../../core/errors.ts";
import { systemClock } from "../../ffi/system_clock.ts";
import { type Message, openChannel } from "./copies.ts";
import type { CopiedStateHandle, SharedHandle } from "./sharing.ts";

/** How long a follower waits for the first copy, in milliseconds. */
const FIRST_COPY_MS = 5000;

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
    const cancelTimeout = systemClock.after(FIRST_COPY_MS, () => {
      receiver.#first.reject(
        new EngineError("the client that shares its flags does not answer: is it closed?"),
      );
    });
    try {
      receiver.#channel.postMessage({ wanted: true } satisfies Message);
      await receiver.#first.promise;
      return receiver;
    } catch (error) {
      receiver.close();
      throw error;
    } finally {
      cancelTimeout();
    }
  }

  current(): CompiledState {
    if (this.#state === undefined) throw released();
    return this.#state;
  }

  close(): void {
    this.#channel.close();
    retire(this.#state);
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
      retire(this.#state);
      this.#state = state;
      this.#first.resolve();
    } catch (error) {
      this.#first.reject(error);
    }
  }
}
