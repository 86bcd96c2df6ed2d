// What a relay holds: the newest document of each namespace, and who is told when it changes.

import { checkedDigest, type HeldDocument, placeKey } from "./held_document.ts";

/** Is told of a document that took the place of another, or is the first of its namespace. */
export type HubListener = (held: HeldDocument) => void;

/** The documents of a relay. Whatever brings them puts them here; whatever passes them on reads or follows it. */
export class Hub {
  readonly #held = new Map<string, HeldDocument>();
  readonly #listeners = new Set<HubListener>();

  /** The document of a namespace; `undefined` before there is one. */
  get(environment: string, namespace: string): HeldDocument | undefined {
    return this.#held.get(placeKey(environment, namespace));
  }

  /** All documents. */
  all(): HeldDocument[] {
    return [...this.#held.values()];
  }

  /**
   * Puts a document in the place of the one that is held, and tells the listeners. One with the digest of the held
   * document only confirms that: nobody is told, unless no server had confirmed it before.
   * @throws {DocumentError} when it is no document of its namespace; the held one stays.
   */
  set(held: HeldDocument): void {
    const key = placeKey(held.environment, held.namespace);
    const before = this.#held.get(key);
    let current = held;
    if (before?.digest === held.digest) {
      if (held.receivedAtMs <= before.receivedAtMs) return;
      current = { ...before, receivedAtMs: held.receivedAtMs };
    } else checkedDigest(held.document, held.namespace);
    this.#held.set(key, current);
    if (before?.digest === held.digest && before.receivedAtMs !== 0) return;
    for (const listener of [...this.#listeners]) listener(current);
  }

  /**
   * Calls `listener` with each document that is put in place from now on. It must not throw.
   * @returns what ends that.
   */
  subscribe(listener: HubListener): () => void {
    const own: HubListener = (held) => listener(held);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
