// What a client tells its listeners, and the care that none of them can break it.

import { onAbort } from "../../core/abortable.ts";
import { mustBe, nameProblem } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import { UserCallbacks, type Warn } from "../../core/user_callbacks.ts";
import type { DefaultEvent } from "../evaluation/details.ts";
import type { ClientStatus } from "./client_status.ts";

/** The flag state was replaced. */
export interface UpdateEvent {
  /** The digest of the new state, if the server sends one. */
  readonly digest: string | undefined;
  /** The keys of the flags that were added, removed or changed. */
  readonly changedFlags: readonly string[];
}

/** The argument of the listeners of each event. */
export interface ClientEvents {
  /** The flag state was replaced. */
  readonly update: UpdateEvent;
  /** A fetch failed for good, or a stream does not work; a stream that just ended is not an error. */
  readonly error: Error;
  /** `state` or `mode` of the status changed. */
  readonly status: ClientStatus;
  /** A default was returned in place of an answer, by `isEnabled`, `variant`, `value` or `details`. */
  readonly default: DefaultEvent;
}

/** Called with the data of an event. If it throws or rejects, that is reported once and has no other effect. */
export type Listener<Name extends keyof ClientEvents> = (event: ClientEvents[Name]) => unknown;

/** Options of `on`. */
export interface ListenOptions {
  /** Removes the listener when aborted. @default none */
  readonly signal?: AbortSignal;
}

/** A function of its own for each time that a listener is added. */
type Registration = (event: never) => unknown;

/** The listeners of one client. */
export class Listeners {
  readonly #registrations: { readonly [Name in keyof ClientEvents]: Set<Registration> } = {
    update: new Set(),
    error: new Set(),
    status: new Set(),
    default: new Set(),
  };
  readonly #callbacks: UserCallbacks;
  #closed = false;

  /** Without listeners; `warn` is told of those that fail. */
  constructor(warn?: Warn) {
    this.#callbacks = new UserCallbacks(warn);
  }

  /**
   * Adds a listener.
   * @returns what removes it.
   * @throws {ValidationError} when there is no such event, or the listener is no function.
   */
  add<Name extends keyof ClientEvents>(
    name: Name,
    listener: Listener<Name>,
    options: ListenOptions = {},
  ): () => void {
    const problem = nameProblem(name, Object.keys(this.#registrations));
    if (problem !== undefined) throw new ValidationError(`the event of a listener ${problem}`);
    if (typeof listener !== "function") {
      throw new ValidationError(`a listener ${mustBe("a function", listener)}`);
    }
    const { signal } = options;
    if (this.#closed || signal?.aborted) return () => {};
    const registrations = this.#registrations[name];
    const registration: Registration = (event) => listener(event);
    registrations.add(registration);
    const remove = (): void => {
      registrations.delete(registration);
      forget?.();
    };
    const forget = signal && onAbort(signal, remove);
    return remove;
  }

  /** Whether anybody listens to an event. */
  has(name: keyof ClientEvents): boolean {
    return this.#registrations[name].size > 0;
  }

  /** Tells all who listen now, in the order in which they came. */
  emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    const registrations = this.#registrations[name];
    for (const registration of [...registrations]) {
      // One that an earlier listener removed is not told any more.
      if (registrations.has(registration)) {
        const what = `flipt: a listener of "${name}" failed; the client continues`;
        this.#callbacks.run(registration, what, () => registration(event as never));
      }
    }
  }

  /** Removes all, for good. */
  close(): void {
    this.#closed = true;
    for (const registrations of Object.values(this.#registrations)) registrations.clear();
  }
}
