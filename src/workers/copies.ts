// Copies of a flag state on their way to other threads of the process. Loaded by clients that send or receive them.

import type { CompiledState } from "../../engines/engine.ts";

/** What is sent on the channel of copies. */
export type Message = { readonly wanted: true } | { readonly snapshot: string } | { readonly closed: true };

/** A channel of the process that does not keep it alive. */
export function openChannel(name: string, onMessage: (message: Message) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent<Message>) => onMessage(event.data);
  (channel as { unref?: () => void }).unref?.();
  return channel;
}

/** Sends a state as a snapshot to whoever wants it, and each change once somebody does. */
export class CopySender {
  readonly #channel: BroadcastChannel;
  readonly #state: () => CompiledState | undefined;
  #isFollowed = false;

  /** @param state Gives the newest state; `undefined` after the end. */
  constructor(channel: string, state: () => CompiledState | undefined) {
    this.#state = state;
    this.#channel = openChannel(channel, (message) => {
      if (!("wanted" in message)) return;
      this.#isFollowed = true;
      this.#send();
    });
    // Whoever wanted it earlier was not heard.
    this.#send();
  }

  /** There is another state. */
  changed(): void {
    if (this.#isFollowed) this.#send();
  }

  /** There will be no other state. */
  close(): void {
    this.#send();
    this.#channel.close();
  }

  #send(): void {
    const snapshot = this.#state()?.snapshot();
    this.#channel.postMessage((snapshot === undefined ? { closed: true } : { snapshot }) satisfies Message);
  }
}
